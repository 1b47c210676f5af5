//! Asking a provider: what a subscription is, or to do something with it.
//!
//! What is to be done is written down first, the provider is asked outside any transaction, and what it says the
//! subscription is afterwards is applied as if a webhook had told of it.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use guard::Limit;
use kernel::{OrganizationId, RequestContext, SubscriptionId, Timestamp};
use ports::payments::{
    CancelMoment, ObjectKind, ObjectRef, PaymentProvider, ProviderError, Snapshot, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget,
};

use super::{Subscriptions, get_in};
use crate::error::BillingError;
use crate::source::Source;
use crate::subscription::model::{CancelTime, Command, Subscription};
use crate::subscription::store;

/// How often somebody may have a provider asked about one subscription.
const QUESTIONS: Limit = Limit {
    name: "subscription_synced",
    max: 20,
    window: Duration::from_mins(1),
};

/// When the provider is asked again about what it was to do, should nobody hear how that went.
const SOON: Duration = Duration::from_mins(1);

impl Subscriptions {
    /// Asks the provider what the subscription is now, and answers what we make of it.
    pub(crate) async fn sync(
        &self,
        organization: Option<OrganizationId>,
        id: SubscriptionId,
    ) -> Result<Subscription, BillingError> {
        self.get(organization, id).await?;
        let now = self.machinery.clock.now();
        let limits = &self.machinery.limits;
        let counted = limits.hit(&QUESTIONS, &id.to_string(), now).await?;
        counted.require(now)?;
        self.sync_now(id).await?;
        self.get(organization, id).await
    }

    /// As [`Self::sync`], for our own purposes. A provider that knows of nothing yet has nothing to say.
    pub(crate) async fn sync_now(&self, id: SubscriptionId) -> Result<(), BillingError> {
        let subscription = self.get(None, id).await?;
        let provider = self.provider_of(&subscription)?;
        self.fetch(&*provider, &subscription).await.map(drop)
    }

    pub(super) fn provider_of(
        &self,
        subscription: &Subscription,
    ) -> Result<Arc<dyn PaymentProvider>, BillingError> {
        let providers = &self.machinery.providers;
        let provider = providers.of_account(&subscription.provider, &subscription.account)?;
        Ok(Arc::clone(provider))
    }

    /// Asks what it is, and applies that; gives what was said.
    pub(super) async fn fetch(
        &self,
        provider: &dyn PaymentProvider,
        subscription: &Subscription,
    ) -> Result<Vec<SubscriptionSnapshot>, BillingError> {
        let asked_at = self.machinery.clock.now();
        let snapshots = match provider.fetch(&object(subscription)).await {
            Ok(snapshots) => snapshots,
            Err(ProviderError::NotFound) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let said: Vec<_> = snapshots
            .into_iter()
            .filter_map(|snapshot| match snapshot {
                Snapshot::Subscription(said) => Some(said),
                _ => None,
            })
            .collect();
        self.apply_all(provider, (subscription.id, asked_at), said.clone())
            .await?;
        Ok(said)
    }

    async fn apply_all(
        &self,
        provider: &dyn PaymentProvider,
        (id, asked_at): (SubscriptionId, Timestamp),
        said: Vec<SubscriptionSnapshot>,
    ) -> Result<(), BillingError> {
        let source = Source {
            provider: provider.name(),
            account: provider.account().to_owned(),
            asked_at,
            reference: Some(id.to_string()),
        };
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            for snapshot in &said {
                this.apply(tx, &source, snapshot).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Writes down that something is to be done, once per idempotency key, and does it.
    pub(super) async fn carry_out(
        &self,
        context: &RequestContext,
        subscription: &Subscription,
        command: Command,
    ) -> Result<Subscription, BillingError> {
        let (id, organization) = (subscription.id, subscription.organization);
        let provider = self.provider_of(subscription)?;
        let version = self.intend(context, id, command.clone()).await?;
        let is_replayed = context
            .idempotency
            .as_deref()
            .is_some_and(kernel::context::Idempotency::is_replayed);
        if is_replayed {
            // Somebody asks again because they did not hear how it went: most often it went well.
            self.fetch(&*provider, subscription).await?;
            let present = self.get(Some(organization), id).await?;
            if command.is_done(&present.state) {
                return Ok(present);
            }
        }
        let key = format!("{id}:{}:{version}", command.verb());
        self.ask(&*provider, subscription, &command, key).await?;
        self.get(Some(organization), id).await
    }

    /// The decision, before anybody is asked. The number is that of the decision: a repetition has the same.
    async fn intend(
        &self,
        context: &RequestContext,
        id: SubscriptionId,
        command: Command,
    ) -> Result<i64, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let decide = async |tx: &mut Tx| {
                let found = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
                if let Some(detail) = command.refusal(&found.state) {
                    return Err(BillingError::WrongState(detail));
                }
                let mut next = found.clone();
                if let Command::Change { price, quantity, .. } = &command {
                    let price = price.as_ref().map(|(price, _)| *price);
                    next.state.pending_price = price.filter(|price| *price != found.state.price);
                    next.state.pending_quantity = quantity.filter(|wanted| *wanted != found.state.quantity);
                }
                next.next_sync_at = found
                    .next_sync_at
                    .min(Some(now.plus(SOON)))
                    .or(Some(now.plus(SOON)));
                if !store::update(tx, &next, now).await? {
                    return Err(BillingError::Outdated);
                }
                Ok(found.version + 1)
            };
            this.machinery.idempotency.once(tx, &context, now, decide).await
        };
        self.machinery.db.write(work).await
    }

    /// Asks the provider to do it, and then what the subscription is.
    pub(super) async fn ask(
        &self,
        provider: &dyn PaymentProvider,
        subscription: &Subscription,
        command: &Command,
        key: String,
    ) -> Result<(), BillingError> {
        let asked_at = self.machinery.clock.now();
        let target = SubscriptionTarget {
            subscription: subscription.at_provider()?.to_owned(),
            idempotency_key: key,
        };
        let answer = match command {
            Command::Change {
                price,
                quantity,
                proration,
            } => {
                let change = SubscriptionChange {
                    target,
                    item: subscription.state.item.clone(),
                    price: price.as_ref().map(|(_, reference)| reference.clone()),
                    quantity: *quantity,
                    proration: *proration,
                };
                provider.change_subscription(&change).await
            }
            Command::Cancel(CancelTime::PeriodEnd) => {
                provider
                    .cancel_subscription(&target, CancelMoment::PeriodEnd)
                    .await
            }
            Command::Cancel(CancelTime::Now) => {
                provider.cancel_subscription(&target, CancelMoment::Now).await
            }
            Command::Resume => provider.resume_subscription(&target).await,
            Command::Pause { mode, resumes_at } => {
                let mode = (*mode).into();
                provider.pause_subscription(&target, mode, *resumes_at).await
            }
        };
        let id = subscription.id;
        match answer {
            // What the answer to a change says may be older than the change, so it counts only where nothing else is
            // to be had.
            Ok(answer) => match self.fetch(provider, subscription).await {
                Ok(said) if !said.is_empty() => Ok(()),
                Ok(_) => self.apply_all(provider, (id, asked_at), vec![answer]).await,
                Err(error) => {
                    tracing::warn!(subscription.id = %id, %error, "a subscription was changed and can't be asked about");
                    self.apply_all(provider, (id, asked_at), vec![answer]).await
                }
            },
            Err(error) if error.is_transient() => {
                tracing::warn!(subscription.id = %id, %error, command = command.verb(), "nobody knows whether the provider did it");
                Err(error.into())
            }
            Err(error) => {
                tracing::warn!(subscription.id = %id, %error, command = command.verb(), "the provider refuses a change");
                self.forget_wish(id).await?;
                Err(error.into())
            }
        }
    }

    /// A change that will not happen is not waited for.
    async fn forget_wish(&self, id: SubscriptionId) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut Tx| {
            let Some(mut next) = store::lock(tx, id).await? else {
                return Ok(());
            };
            if next.state.pending_price.is_some() || next.state.pending_quantity.is_some() {
                next.state.pending_price = None;
                next.state.pending_quantity = None;
                store::update(tx, &next, now).await?;
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// The subscription, as somebody may change it.
    pub(super) async fn to_change(
        &self,
        organization: Option<OrganizationId>,
        id: SubscriptionId,
    ) -> Result<(Subscription, Arc<dyn PaymentProvider>), BillingError> {
        let work = async move |tx: &mut db::ReadTx| get_in(tx, organization, id).await;
        let subscription: Subscription = self.machinery.db.read(work).await?;
        let provider = self.provider_of(&subscription)?;
        Ok((subscription, provider))
    }
}

/// What the provider is asked for: the subscription, or what can lead to one before it has a name.
fn object(subscription: &Subscription) -> ObjectRef {
    let (kind, id) = match (&subscription.state.reference, &subscription.checkout.reference) {
        (Some(reference), _) => (ObjectKind::Subscription, reference.clone()),
        (None, Some(page)) => (ObjectKind::Checkout, page.clone()),
        (None, None) => (ObjectKind::Reference, subscription.id.to_string()),
    };
    ObjectRef { kind, id }
}
