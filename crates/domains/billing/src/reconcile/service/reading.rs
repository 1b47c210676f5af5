//! Reading a provider's list of what happened.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use jobs::{Delivery, JobError};
use kernel::Timestamp;
use ports::payments::{PaymentProvider, ProviderError, ProviderEvent, RecentRequest};

use super::{APART, Reconciliation};
use crate::error::BillingError;
use crate::inbox::model::Object;
use crate::reconcile::store;
use crate::reconcile::work::{Place, Purpose, ReadPaymentEvents};

/// How many pages a job reads before others have their turn.
const PAGES: usize = 20;

/// How far back what was read already is read again: lists are not always complete at once.
const OVERLAP: Duration = Duration::from_hours(1);
/// How far back a list is read that was never read.
const FIRST: Duration = Duration::from_hours(24);
/// How far back is compared.
const COMPARED: Duration = Duration::from_hours(24 * 3);

/// How long to wait for a provider that asks to slow down and does not say for how long.
const SLOWED_DOWN: Duration = Duration::from_mins(1);
/// The longest that a provider may ask us to wait.
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// Where reading is.
#[derive(Clone)]
struct Reading {
    job: ReadPaymentEvents,
    provider: Arc<dyn PaymentProvider>,
    since: Timestamp,
    began_at: Timestamp,
    cursor: Option<String>,
    found: u32,
}

impl Reconciliation {
    /// Reads some pages, and has the next ones read. What a list tells goes the way of what is told by webhooks: it is
    /// written down once.
    pub(crate) async fn read_events(
        &self,
        job: ReadPaymentEvents,
        delivery: &Delivery,
    ) -> Result<(), JobError> {
        let account = self.machinery.providers.of_account(&job.provider, &job.account);
        // An account that is not set up any more has nothing to say.
        let Ok(provider) = account.map(Arc::clone) else {
            return Ok(());
        };
        let mut reading = self.begin(job, provider).await.map_err(JobError::retry)?;
        for _ in 0..PAGES {
            let request = RecentRequest {
                since: reading.since,
                cursor: reading.cursor.clone(),
            };
            let page = match reading.provider.list_recent(&request).await {
                Ok(page) => page,
                Err(ProviderError::Unsupported(_)) => return Ok(()),
                Err(error) => return Err(failed(&error)),
            };
            self.take(&mut reading, page.events)
                .await
                .map_err(JobError::retry)?;
            reading.cursor = page.next_cursor;
            if reading.cursor.is_none() {
                break;
            }
        }
        let ended = self.end(reading, delivery).await;
        ended.map_err(JobError::retry)
    }

    async fn begin(
        &self,
        job: ReadPaymentEvents,
        provider: Arc<dyn PaymentProvider>,
    ) -> Result<Reading, BillingError> {
        let now = self.machinery.clock.now();
        if let Some(place) = job.place.clone() {
            return Ok(Reading {
                job,
                provider,
                since: place.since,
                began_at: place.began_at,
                cursor: Some(place.cursor),
                found: place.found,
            });
        }
        let since = match job.purpose {
            Purpose::Compare => now.minus(COMPARED),
            Purpose::CatchUp => {
                let (name, account) = (job.provider.clone(), job.account.clone());
                let work = async move |tx: &mut Tx| store::find_read_until(tx, &name, &account).await;
                let read_until = self
                    .machinery
                    .db
                    .write_soft(work)
                    .await
                    .map_err(BillingError::Db)?;
                read_until.map_or(now.minus(FIRST), |until| until.minus(OVERLAP))
            }
        };
        Ok(Reading {
            job,
            provider,
            since,
            began_at: now,
            cursor: None,
            found: 0,
        })
    }

    async fn take(&self, reading: &mut Reading, listed: Vec<ProviderEvent>) -> Result<(), BillingError> {
        match reading.job.purpose {
            Purpose::CatchUp => {
                let provider = Arc::clone(&reading.provider);
                self.inbox.receive_listed(provider, listed).await
            }
            Purpose::Compare => self.have_compared(reading, &listed).await,
        }
    }

    /// Each object once, however much happened to it.
    async fn have_compared(
        &self,
        reading: &mut Reading,
        listed: &[ProviderEvent],
    ) -> Result<(), BillingError> {
        let mut objects = BTreeMap::new();
        for event in listed {
            let object = event.object.as_ref();
            let object =
                object.map(|object| Object::new(&reading.job.provider, &reading.job.account, object));
            objects.extend(object.map(|object| (object.name(), (object, event.reference.clone()))));
        }
        let (this, now, first) = (self.clone(), self.machinery.clock.now(), reading.found);
        let found = u32::try_from(objects.len()).unwrap_or(u32::MAX);
        let work = async move |tx: &mut Tx| {
            let mut place = first;
            for (object, reference) in objects.values() {
                let at = now.plus(APART.saturating_mul(place));
                this.inbox
                    .compare_at(tx, object.clone(), reference.as_deref(), at)
                    .await?;
                place = place.saturating_add(1);
            }
            Ok::<_, BillingError>(())
        };
        self.machinery.db.write(work).await?;
        reading.found = first.saturating_add(found);
        Ok(())
    }

    /// Has the next pages read, or remembers that there are none.
    async fn end(&self, reading: Reading, delivery: &Delivery) -> Result<(), BillingError> {
        let (this, delivery) = (self.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            let job = &reading.job;
            if let Some(cursor) = &reading.cursor {
                let next = ReadPaymentEvents {
                    place: Some(Place {
                        since: reading.since,
                        began_at: reading.began_at,
                        cursor: cursor.clone(),
                        found: reading.found,
                    }),
                    ..job.clone()
                };
                this.machinery.queue.enqueue(tx, &next).await?;
            } else if job.purpose == Purpose::CatchUp {
                let account = (job.provider.as_str(), job.account.as_str());
                let now = this.machinery.clock.now();
                store::update_read_until(tx, account, reading.began_at, now).await?;
            }
            Ok(delivery.finish(tx).await?)
        };
        self.machinery.db.write(work).await
    }
}

fn failed(error: &ProviderError) -> JobError {
    match error {
        ProviderError::RateLimited { retry_after } => JobError::Postpone {
            reason: error.to_string(),
            after: retry_after.unwrap_or(SLOWED_DOWN).min(LONGEST_WISH),
        },
        _ => JobError::retry(error),
    }
}
