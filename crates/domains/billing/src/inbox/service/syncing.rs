//! Asking for an object and applying what it is.

use std::time::Duration;

use db::{DbError, Tx};
use jobs::{Delivery, JobError};
use kernel::{PaymentEventId, Timestamp};
use ports::payments::{ProviderError, Snapshot};

use super::{Appliers, Inbox};
use crate::drift::service::Comparisons;
use crate::error::BillingError;
use crate::inbox::model::{EventStatus, Object};
use crate::inbox::pace::{Remedy, Told, Trouble};
use crate::inbox::store::events::Waiting;
use crate::inbox::store::locks::{Holder, Record};
use crate::inbox::store::{events, locks};
use crate::inbox::work::SyncPaymentObject;
use crate::source::Source;

/// When to look again at an object that another job asks for.
const TAKEN: Duration = Duration::from_secs(2);

/// How many events are settled by one answer; what is left is by the next.
const EVENTS: u32 = 500;

/// The longest text that is kept of what went wrong, in characters.
const LONGEST_ERROR: usize = 500;

/// Brings our rows up to what the objects of providers are. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Synchronization {
    inbox: Inbox,
    appliers: Appliers,
    comparisons: Comparisons,
}

/// An object that nobody else asks for.
#[derive(Clone)]
struct Turn {
    object: Object,
    holder: Holder,
    failures: i64,
    /// The events that were there before it was asked for: these are settled by the answer, and no later ones.
    waiting: Vec<Waiting>,
    reference: Option<String>,
    asked_at: Timestamp,
    compares: bool,
}

/// What a job finds.
enum Found {
    /// Its turn.
    Turn(Box<Turn>),
    /// It is not its turn yet.
    NotYet(Duration),
}

impl Synchronization {
    pub(crate) fn new(inbox: Inbox, appliers: Appliers, comparisons: Comparisons) -> Self {
        Self {
            inbox,
            appliers,
            comparisons,
        }
    }

    /// One attempt. A job that finds its object taken waits for its turn, and asks then: whoever has it may have
    /// asked before what this job is about happened.
    pub(crate) async fn sync(&self, job: SyncPaymentObject, delivery: &Delivery) -> Result<(), JobError> {
        let turn = match self.take(job, delivery).await? {
            Found::Turn(turn) => *turn,
            Found::NotYet(after) => {
                return Err(JobError::Postpone {
                    reason: "the object is asked for by another job, or was just now".to_owned(),
                    after,
                });
            }
        };
        match self.fetch(&turn).await {
            Ok((source, snapshots)) => self.apply(turn, source, snapshots, delivery).await,
            Err(trouble) => self.fail(turn, trouble, delivery).await,
        }
    }

    async fn take(&self, job: SyncPaymentObject, delivery: &Delivery) -> Result<Found, DbError> {
        let this = self.clone();
        let holder = Holder {
            job: delivery.id,
            attempt: delivery.attempt,
        };
        let work = async move |tx: &mut Tx| {
            let object = &job.object;
            let Some(record) = locks::insert_held(tx, object, holder).await? else {
                return Ok(Found::NotYet(TAKEN));
            };
            let now = this.inbox.machinery.clock.now();
            let wait = record.not_before.map(|not_before| not_before.since(now));
            if let Some(wait) = wait.filter(|wait| !wait.is_zero()) {
                locks::update_released(tx, object, holder).await?;
                return Ok(Found::NotYet(wait));
            }
            let told = events::find_reference(tx, object).await?;
            Ok(Found::Turn(Box::new(Turn {
                holder,
                failures: record.failures,
                waiting: events::list_waiting(tx, object, EVENTS).await?,
                reference: told.or_else(|| job.reference.clone()),
                asked_at: now,
                compares: job.compares,
                object: object.clone(),
            })))
        };
        self.inbox.machinery.db.write_soft(work).await
    }

    /// No transaction is open meanwhile.
    async fn fetch(&self, turn: &Turn) -> Result<(Source, Vec<Snapshot>), Trouble> {
        let Object {
            provider, account, ..
        } = &turn.object;
        let provider = self.inbox.machinery.providers.of_account(provider, account);
        let provider = provider.map_err(|error| ProviderError::Unauthorized(error.to_string()))?;
        let snapshots = provider.fetch(&turn.object.reference()).await?;
        let source = Source {
            provider: provider.name(),
            account: turn.object.account.clone(),
            asked_at: turn.asked_at,
            reference: turn.reference.clone(),
        };
        Ok((source, snapshots))
    }

    /// Applies an answer, settles the events that it answers, and closes the job, all in one.
    async fn apply(
        &self,
        turn: Turn,
        source: Source,
        snapshots: Vec<Snapshot>,
        delivery: &Delivery,
    ) -> Result<(), JobError> {
        let (this, taken, delivery_in) = (self.clone(), turn.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            let object = &taken.object;
            if !locks::delete_held(tx, object, taken.holder).await? {
                return Ok(false);
            }
            this.appliers.apply(tx, &source, &snapshots).await?;
            if taken.compares {
                this.comparisons.compare_in(tx, &source, &snapshots).await?;
            }
            let now = this.inbox.machinery.clock.now();
            let settled = (EventStatus::Processed, None);
            events::update_settled(tx, &taken.events(), settled, now).await?;
            if taken.may_have_left_some() {
                this.inbox.enqueue(tx, object.clone(), None).await?;
            }
            delivery_in.finish(tx).await?;
            Ok(true)
        };
        match self.inbox.machinery.db.write(work).await {
            // Whoever has the object now asks by themselves, and settles the events.
            Ok(false) => Ok(()),
            Ok(true) => {
                turn.count("applied");
                self.tell_lag(&turn);
                Ok(())
            }
            Err(BillingError::Db(error)) => Err(error.into()),
            Err(error) => self.fail(turn, Trouble::Applying(error), delivery).await,
        }
    }

    /// Writes down that it was in vain. No event is lost by that: it waits, or is there to be seen as failed.
    async fn fail(&self, turn: Turn, trouble: Trouble, delivery: &Delivery) -> Result<(), JobError> {
        turn.count(trouble.outcome());
        let reason = words(&trouble);
        let failures = usize::try_from(turn.failures)
            .unwrap_or(usize::MAX)
            .saturating_add(1);
        match trouble.remedy(failures, turn.told()) {
            Remedy::Wait(after) => {
                self.put_off(&turn, turn.failures, after).await?;
                Err(JobError::Postpone { reason, after })
            }
            Remedy::TryAgain(after) => {
                let failures = turn.failures.saturating_add(1);
                self.put_off(&turn, failures, after).await?;
                Err(JobError::RetryAfter { reason, after })
            }
            Remedy::GiveUp => self.give_up(turn, reason, delivery).await,
        }
    }

    async fn put_off(&self, turn: &Turn, failures: i64, after: Duration) -> Result<(), DbError> {
        let (this, turn) = (self.clone(), turn.clone());
        let work = async move |tx: &mut Tx| {
            let not_before = this.inbox.machinery.clock.now().plus(after);
            let record = Record {
                failures,
                not_before: Some(not_before),
            };
            locks::update_failed(tx, &turn.object, turn.holder, record).await
        };
        self.inbox.machinery.db.write_soft(work).await.map(drop)
    }

    /// The events show it. What was asked for without one is asked for again by the clock.
    async fn give_up(&self, turn: Turn, reason: String, delivery: &Delivery) -> Result<(), JobError> {
        let (this, taken, told) = (self.clone(), turn.clone(), reason.clone());
        let delivery = delivery.clone();
        let work = async move |tx: &mut Tx| {
            if !locks::delete_held(tx, &taken.object, taken.holder).await? {
                return Ok(());
            }
            let settled = (EventStatus::Failed, Some(told.as_str()));
            let now = this.inbox.machinery.clock.now();
            events::update_settled(tx, &taken.events(), settled, now).await?;
            delivery.finish(tx).await
        };
        let given_up: Result<(), DbError> = self.inbox.machinery.db.write(work).await;
        given_up?;
        let new = turn
            .waiting
            .iter()
            .filter(|event| event.status == EventStatus::Received);
        let failed = u64::try_from(new.count()).unwrap_or(u64::MAX);
        let provider = turn.object.provider.clone();
        metrics::counter!("mainstay_payments_events_failed_total", "provider" => provider).increment(failed);
        if failed > 0 {
            tracing::error!(
                provider = turn.object.provider,
                object = turn.object.name(),
                reason,
                "an object of a payment provider can't be brought up to date; its events have failed"
            );
        }
        Ok(())
    }

    /// How long events waited.
    fn tell_lag(&self, turn: &Turn) {
        let now = self.inbox.machinery.clock.now();
        for event in &turn.waiting {
            let provider = turn.object.provider.clone();
            metrics::histogram!("mainstay_payments_event_lag_seconds", "provider" => provider)
                .record(now.since(event.received_at));
        }
    }
}

impl Turn {
    fn events(&self) -> Vec<PaymentEventId> {
        self.waiting.iter().map(|event| event.id).collect()
    }

    fn count(&self, outcome: &'static str) {
        let provider = self.object.provider.clone();
        metrics::counter!("mainstay_payments_syncs_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
    }

    fn told(&self) -> Told {
        if self.waiting.is_empty() {
            Told::ByNobody
        } else {
            Told::ByAnEvent
        }
    }

    fn may_have_left_some(&self) -> bool {
        u32::try_from(self.waiting.len()).is_ok_and(|count| count >= EVENTS)
    }
}

/// With its causes, as far as a database can hold it.
fn words(trouble: &Trouble) -> String {
    let mut words = trouble.to_string();
    let mut cause = std::error::Error::source(trouble);
    while let Some(error) = cause {
        words.push_str(": ");
        words.push_str(&error.to_string());
        cause = error.source();
    }
    let letters = words
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter });
    letters.take(LONGEST_ERROR).collect()
}
