//! Asking by the clock.

mod reading;

use std::time::Duration;

use db::Tx;
use kernel::Timestamp;
use ports::payments::ObjectKind;

use super::model::Due;
use super::store;
use super::work::{Purpose, ReadPaymentEvents};
use crate::error::BillingError;
use crate::inbox::model::Object;
use crate::inbox::service::Inbox;
use crate::machinery::Machinery;

/// How many are taken in one unit of work.
const BATCH: u32 = 100;
/// How many units of work there are in a round; what is left is for the next.
const BATCHES: u32 = 20;

/// How far apart questions are asked: providers count them.
const APART: Duration = Duration::from_millis(400);

/// When what was asked about is asked about again, should nothing come of it.
const AGAIN: Duration = Duration::from_hours(1);

/// Asks providers what nobody told. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Reconciliation {
    machinery: Machinery,
    inbox: Inbox,
}

impl Reconciliation {
    pub(crate) fn new(machinery: Machinery, inbox: Inbox) -> Self {
        Self { machinery, inbox }
    }

    /// Has everything asked about whose time has come, one after the other, and the lists of providers read.
    pub(crate) async fn reconcile(&self) -> Result<(), BillingError> {
        let (mut asked, now) = (0, self.machinery.clock.now());
        for kind in [ObjectKind::Subscription, ObjectKind::Payment] {
            for _ in 0..BATCHES {
                let batch = self.ask_batch(kind, now, asked).await?;
                asked += batch;
                if batch < BATCH {
                    break;
                }
            }
        }
        self.read_lists(Purpose::CatchUp).await
    }

    /// Has what was told in the last days compared.
    pub(crate) async fn compare(&self) -> Result<(), BillingError> {
        self.read_lists(Purpose::Compare).await
    }

    /// How many it were.
    async fn ask_batch(&self, kind: ObjectKind, now: Timestamp, before: u32) -> Result<u32, BillingError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let times = (now, now.plus(AGAIN));
            let due = match kind {
                ObjectKind::Subscription => store::update_due_subscriptions(tx, times, BATCH).await?,
                _ => store::update_due_payments(tx, times, BATCH).await?,
            };
            let mut place = before;
            for one in &due {
                this.ask_in(tx, one, kind, now.plus(APART.saturating_mul(place)))
                    .await?;
                place += 1;
            }
            Ok(place - before)
        };
        self.machinery.db.write(work).await
    }

    async fn ask_in(
        &self,
        tx: &mut Tx,
        due: &Due,
        kind: ObjectKind,
        at: Timestamp,
    ) -> Result<(), BillingError> {
        let object = Object::new(&due.provider, &due.account, &due.object(kind));
        self.inbox.ask_at(tx, object, Some(&due.reference), at).await
    }

    async fn read_lists(&self, purpose: Purpose) -> Result<(), BillingError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            for provider in this.machinery.providers.iter() {
                let job = ReadPaymentEvents {
                    provider: provider.name().to_owned(),
                    account: provider.account().to_owned(),
                    purpose,
                    place: None,
                };
                this.machinery.queue.enqueue_unique(tx, &job.key(), &job).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }
}
