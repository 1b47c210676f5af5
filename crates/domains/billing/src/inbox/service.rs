//! Taking in what providers tell.

mod applying;
mod syncing;

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use kernel::event::payment::PaymentEventRetried;
use kernel::{Page, PageRequest, PaymentEventId, RequestContext, Timestamp};
use ports::payments::{InboundWebhook, ObjectRef, PaymentProvider, ProviderEvent, WebhookError};

pub(crate) use self::applying::Appliers;
pub(crate) use self::syncing::Synchronization;
use super::model::{EventFilter, Object, PaymentEvent, within_bounds};
use super::store::events::NewEvent;
use super::store::{events, locks};
use super::work::SyncPaymentObject;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// How soon an object whose provider did not answer is asked for when there is news of it.
const NEWS: Duration = Duration::from_mins(1);

/// For how long an event may wait before somebody looks after it.
const PATIENCE: Duration = Duration::from_mins(10);
/// How many events are looked after in one go.
const FORGOTTEN: u32 = 500;

/// For how long what a provider sent is kept to the letter.
const KEPT: Duration = Duration::from_hours(24 * 90);

/// What providers tell. Cheap to clone.
#[derive(Clone)]
pub struct Inbox {
    machinery: Machinery,
}

impl Inbox {
    pub(crate) fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Takes a webhook in: verified, written down once, and its object to be asked for as soon as that is durable.
    pub(crate) async fn receive(
        &self,
        provider: &str,
        headers: Vec<(String, String)>,
        body: &[u8],
    ) -> Result<(), BillingError> {
        // As if there were no such place.
        let provider = self.machinery.providers.named(provider);
        let provider = Arc::clone(provider.map_err(|_| BillingError::NotFound)?);
        let webhook = InboundWebhook {
            headers: &headers,
            body,
        };
        let verified = provider.verify_webhook(&webhook, self.machinery.clock.now());
        let event = match verified.and_then(within_bounds) {
            Ok(event) => event,
            Err(error) => {
                let (name, reason) = (provider.name(), reason(error));
                metrics::counter!("mainstay_payments_webhooks_refused_total", "provider" => name, "reason" => reason)
                    .increment(1);
                return Err(error.into());
            }
        };
        let (this, body) = (self.clone(), body.to_vec());
        let work = async move |tx: &mut Tx| this.receive_in(tx, &*provider, &event, Some(&body)).await;
        self.machinery.db.write(work).await
    }

    /// Takes in events that a provider's list has: those that are known change nothing.
    pub(crate) async fn receive_listed(
        &self,
        provider: Arc<dyn PaymentProvider>,
        listed: Vec<ProviderEvent>,
    ) -> Result<(), BillingError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            for event in listed.iter().cloned() {
                if let Ok(event) = within_bounds(event) {
                    this.insert_in(tx, &*provider, &event, None).await?;
                } else {
                    tracing::warn!(provider = provider.name(), "an event in a list can't be kept");
                }
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    async fn receive_in(
        &self,
        tx: &mut Tx,
        provider: &dyn PaymentProvider,
        event: &ProviderEvent,
        body: Option<&[u8]>,
    ) -> Result<(), BillingError> {
        if !self.insert_in(tx, provider, event, body).await? {
            events::update_repeated(tx, provider.name(), provider.account(), &event.key).await?;
            count_after_commit(tx, provider.name(), "duplicate");
        }
        Ok(())
    }

    /// `false` when the event is there already.
    async fn insert_in(
        &self,
        tx: &mut Tx,
        provider: &dyn PaymentProvider,
        event: &ProviderEvent,
        body: Option<&[u8]>,
    ) -> Result<bool, BillingError> {
        let (name, account) = (provider.name(), provider.account());
        let now = self.machinery.clock.now();
        let object = event.object.as_ref();
        let object = object.map(|object| Object::new(name, account, object));
        let new = NewEvent {
            id: PaymentEventId::new(&*self.machinery.ids, now),
            provider: name,
            account,
            event,
            object: object.as_ref(),
            body,
        };
        if !events::insert(tx, &new, now).await? {
            return Ok(false);
        }
        let outcome = if object.is_some() { "received" } else { "ignored" };
        count_after_commit(tx, name, outcome);
        if let Some(object) = object {
            locks::update_sooner(tx, &object, now.plus(NEWS)).await?;
            self.enqueue(tx, object, None).await?;
        }
        Ok(true)
    }

    /// Has an object fetched and applied at once, however asking for it went until now.
    pub async fn ask(
        &self,
        tx: &mut Tx,
        provider: &str,
        account: &str,
        object: &ObjectRef,
        reference: Option<&str>,
    ) -> Result<(), BillingError> {
        let object = Object::new(provider, account, object);
        locks::update_forgiven(tx, &object).await?;
        Ok(self.enqueue(tx, object, reference).await?)
    }

    /// As [`Self::ask`], at a time, and not before a provider that does not answer is asked again anyway.
    pub(crate) async fn ask_at(
        &self,
        tx: &mut Tx,
        object: Object,
        reference: Option<&str>,
        at: Timestamp,
    ) -> Result<(), BillingError> {
        let job = SyncPaymentObject {
            object,
            reference: reference.map(str::to_owned),
            compares: false,
        };
        self.enqueue_at(tx, &job, at).await
    }

    /// As [`Self::ask_at`]; what is answered is then compared with what came of it.
    pub(crate) async fn compare_at(
        &self,
        tx: &mut Tx,
        object: Object,
        reference: Option<&str>,
        at: Timestamp,
    ) -> Result<(), BillingError> {
        let job = SyncPaymentObject {
            object,
            reference: reference.map(str::to_owned),
            compares: true,
        };
        self.enqueue_at(tx, &job, at).await
    }

    async fn enqueue_at(
        &self,
        tx: &mut Tx,
        job: &SyncPaymentObject,
        at: Timestamp,
    ) -> Result<(), BillingError> {
        let queue = &self.machinery.queue;
        queue.enqueue_unique_at(tx, &job.key(), job, at).await?;
        Ok(())
    }

    async fn enqueue(&self, tx: &mut Tx, object: Object, reference: Option<&str>) -> Result<(), DbError> {
        let job = SyncPaymentObject {
            object,
            reference: reference.map(str::to_owned),
            compares: false,
        };
        self.machinery.queue.enqueue_unique(tx, &job.key(), &job).await?;
        Ok(())
    }

    /// What was told, the newest first.
    pub(crate) async fn list(
        &self,
        filter: EventFilter,
        page: PageRequest,
    ) -> Result<Page<PaymentEvent>, BillingError> {
        let work = async move |tx: &mut ReadTx| events::list(tx, &filter, &page).await;
        let listed: Result<_, DbError> = self.machinery.db.read(work).await;
        Ok(listed?)
    }

    /// Has the object of an event asked for again, once per idempotency key.
    pub(crate) async fn retry(
        &self,
        context: &RequestContext,
        id: PaymentEventId,
    ) -> Result<(), BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let retry = async |tx: &mut Tx| this.retry_in(tx, &context, id).await;
            this.machinery.idempotency.once(tx, &context, now, retry).await
        };
        self.machinery.db.write(work).await
    }

    async fn retry_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: PaymentEventId,
    ) -> Result<(), BillingError> {
        let event = events::update_waiting(tx, id).await?;
        let event = event.ok_or(BillingError::NotFound)?;
        let (Some(kind), Some(reference)) = (event.object_kind, event.object_reference) else {
            return Err(BillingError::WrongState(
                "the event is about nothing that could be asked for",
            ));
        };
        let object = Object {
            provider: event.provider.clone(),
            account: event.account,
            kind,
            id: reference,
        };
        locks::update_forgiven(tx, &object).await?;
        self.enqueue(tx, object, None).await?;
        let retried = PaymentEventRetried {
            payment_event_id: id,
            provider: event.provider,
            event_type: event.event_type,
        };
        Ok(self.machinery.events.publish(tx, context, &retried).await?)
    }

    /// Has the objects asked for that events have waited for too long: their jobs were given up, or lost.
    pub(crate) async fn wake(&self) -> Result<(), DbError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let since = this.machinery.clock.now().minus(PATIENCE);
            for object in events::list_forgotten(tx, since, FORGOTTEN).await? {
                this.enqueue(tx, object, None).await?;
            }
            Ok(())
        };
        self.machinery.db.write_soft(work).await
    }

    /// Takes out what providers sent to the letter, 90 days after it was made use of.
    pub(crate) async fn delete_old_bodies(&self) -> Result<(), DbError> {
        let before = self.machinery.clock.now().minus(KEPT);
        let delete = async move |tx: &mut Tx, limit| events::update_bodies_deleted(tx, before, limit).await;
        self.machinery.db.delete_in_batches(delete).await
    }
}

fn count_after_commit(tx: &mut Tx, provider: &'static str, outcome: &'static str) {
    tx.after_commit(move || {
        metrics::counter!("mainstay_payments_events_total", "provider" => provider, "outcome" => outcome)
            .increment(1);
    });
}

/// For a metric.
const fn reason(error: WebhookError) -> &'static str {
    match error {
        WebhookError::BadSignature => "bad_signature",
        WebhookError::Stale => "stale",
        WebhookError::Malformed => "malformed",
        WebhookError::WrongMode => "wrong_mode",
    }
}
