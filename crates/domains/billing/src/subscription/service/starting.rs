//! Starting a subscription: written down, then the page at the provider, then what came of it.
//!
//! Whoever breaks off in between and asks again under the same key goes on with the same subscription: the row is
//! there before the provider is asked.

use std::sync::Arc;
use std::time::Duration;

use db::{ReadTx, Tx};
use guard::Limit;
use kernel::event::subscription::SubscriptionCreated;
use kernel::{RequestContext, SubscriptionId, Timestamp};
use ports::payments::{Buyer, Capability, Checkout, CheckoutRequest, PaymentProvider, Purpose};

use super::{Subscriptions, get_in};
use crate::buyer::{ReturnRule, bounded};
use crate::checkout::{OPEN_FOR, close_page};
use crate::error::BillingError;
use crate::plan::model::{Plan, Price};
use crate::subscription::model::{CheckoutPage, State, Status, Subscription, SubscriptionWish, reason};
use crate::subscription::store;

/// Subscriptions that an organization starts in an hour.
const STARTS: Limit = Limit {
    name: "subscriptions_started",
    max: 60,
    window: Duration::from_hours(1),
};

/// When the provider is first asked: most buyers pay within minutes, and webhooks tell of it.
const FIRST: Duration = Duration::from_mins(10);

/// What a page is asked for with.
struct Asked {
    subscription: Subscription,
    price: Price,
    name: Option<String>,
    attempt: u32,
}

impl Subscriptions {
    /// Starts a subscription; the answer says where it is paid.
    pub(crate) async fn start(
        &self,
        context: &RequestContext,
        wish: SubscriptionWish,
    ) -> Result<Subscription, BillingError> {
        let provider = Arc::clone(self.machinery.providers.named(&wish.provider)?);
        let can = provider.capabilities();
        let needs_quantity = wish.follows_members || wish.quantity.is_some_and(|quantity| quantity > 1);
        for (is_needed, capability) in [
            (true, Capability::Subscriptions),
            (needs_quantity, Capability::Quantity),
            (wish.trial == Some(true), Capability::Trial),
        ] {
            if is_needed && !can.has(capability) {
                return Err(BillingError::CapabilityNotSupported(capability));
            }
        }
        let rule = ReturnRule::of(&self.machinery);
        let wish = SubscriptionWish {
            success_url: Some(rule.read("/success_url", wish.success_url)?.into()),
            cancel_url: Some(rule.read("/cancel_url", wish.cancel_url)?.into()),
            metadata: bounded(wish.metadata)?,
            ..wish
        };
        self.name_price(&*provider, wish.price).await?;
        let id = self.write_down(context, provider, wish).await?;
        self.open_checkout(context, id).await
    }

    /// Makes a price at the provider that nobody has subscribed to there, where the provider can do so.
    pub(super) async fn name_price(
        &self,
        provider: &dyn PaymentProvider,
        id: kernel::PriceId,
    ) -> Result<(), BillingError> {
        if !provider.capabilities().has(Capability::CreatePrice) {
            return Ok(());
        }
        let this = self.clone();
        let work = async move |tx: &mut ReadTx| match this.plans.price_in(tx, id).await {
            Err(BillingError::NotFound) => Ok(None),
            found => found.map(Some),
        };
        let found: Option<Price> = self.machinery.db.read(work).await?;
        let is_named = |price: &Price| price.reference_at(provider.name(), provider.account()).is_some();
        if let Some(price) =
            found.filter(|price| price.is_active && price.period.is_some() && !is_named(price))
        {
            let which = (price.plan, price.id);
            self.plans.create_reference(which, provider.name()).await?;
        }
        Ok(())
    }

    /// The subscription that this request is about: a new one, or that of the same request before.
    async fn write_down(
        &self,
        context: &RequestContext,
        provider: Arc<dyn PaymentProvider>,
        wish: SubscriptionWish,
    ) -> Result<SubscriptionId, BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let begin = async |tx: &mut Tx| {
                let subscription = this.begun_in(tx, &context, &*provider, &wish, now).await?;
                if !store::insert(tx, &subscription).await? {
                    return Err(BillingError::AlreadySubscribed);
                }
                let event = SubscriptionCreated {
                    subscription_id: subscription.id,
                    organization_id: subscription.organization,
                    plan_id: subscription.state.plan,
                    price_id: subscription.state.price,
                    quantity: i64::from(subscription.state.quantity),
                    created_by: subscription.created_by,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                let subject = subscription.organization.to_string();
                let counted = this.machinery.limits.hit_in(tx, &STARTS, &subject, now).await?;
                counted.require(now)?;
                Ok(subscription.id)
            };
            this.machinery.idempotency.once(tx, &context, now, begin).await
        };
        self.machinery.db.write(work).await
    }

    async fn begun_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        provider: &dyn PaymentProvider,
        wish: &SubscriptionWish,
        now: Timestamp,
    ) -> Result<Subscription, BillingError> {
        let organizations = &self.machinery.organizations;
        if organizations.name_in(tx, wish.organization).await?.is_none() {
            return Err(BillingError::NotFound);
        }
        let (plan, price) = self.offer_in(tx, wish.price, provider).await?;
        let trial_days = self.trial_in(tx, provider, &plan, wish).await?;
        let quantity = if wish.follows_members {
            let members = organizations.count_members_in(tx, wish.organization).await?;
            u32::try_from(members.max(1)).unwrap_or(u32::MAX)
        } else {
            wish.quantity.unwrap_or(1)
        };
        let account = (provider.name(), provider.account());
        let known = match store::find_newest(tx, wish.organization, account).await? {
            Some(known) => store::find(tx, None, known).await?,
            None => None,
        };
        Ok(Subscription {
            id: SubscriptionId::new(&*self.machinery.ids, now),
            organization: wish.organization,
            created_by: context.user(),
            provider: provider.name().to_owned(),
            account: provider.account().to_owned(),
            state: State {
                reference: None,
                item: None,
                customer: known.and_then(|known| known.state.customer),
                customer_email: wish.customer_email.as_ref().map(ToString::to_string),
                plan: plan.id,
                price: price.id,
                status: Status::Incomplete,
                reason: None,
                quantity,
                pending_price: None,
                pending_quantity: None,
                current_period_start: None,
                current_period_end: None,
                trial_end: None,
                cancel_at: None,
                canceled_at: None,
                ended_at: None,
                past_due_since: None,
                pause: None,
            },
            checkout: CheckoutPage {
                expires_at: Some(now.plus(OPEN_FOR)),
                trial_days,
                success_url: wish.success_url.clone(),
                cancel_url: wish.cancel_url.clone(),
                ..CheckoutPage::default()
            },
            follows_members: wish.follows_members,
            metadata: wish.metadata.clone(),
            version: 1,
            synced_at: None,
            next_sync_at: Some(now.plus(FIRST)),
            created_at: now,
            updated_at: now,
        })
    }

    /// A price that can be subscribed to through the provider.
    pub(super) async fn offer_in(
        &self,
        tx: &mut impl db::Executor,
        price: kernel::PriceId,
        provider: &dyn PaymentProvider,
    ) -> Result<(Plan, Price), BillingError> {
        let refused = |detail: &'static str| BillingError::field("/price_id", "invalid", detail);
        let price = match self.plans.price_in(tx, price).await {
            Err(BillingError::NotFound) => return Err(refused("there is no such price")),
            found => found?,
        };
        let plan = self.plans.plan_in(tx, price.plan).await?;
        if !plan.is_active || !price.is_active {
            return Err(refused("nobody can subscribe at this price any more"));
        }
        if price.period.is_none() {
            return Err(refused("this price is paid once; start a payment"));
        }
        match price.reference_at(provider.name(), provider.account()) {
            Some(_) => Ok((plan, price)),
            None => Err(refused("this price is not sold through this provider")),
        }
    }

    /// How many days cost nothing: each organization tries a plan once.
    async fn trial_in(
        &self,
        tx: &mut Tx,
        provider: &dyn PaymentProvider,
        plan: &Plan,
        wish: &SubscriptionWish,
    ) -> Result<Option<u32>, BillingError> {
        let is_wanted = wish.trial == Some(true);
        let days = Some(plan.content.trial_days).filter(|days| *days > 0);
        if wish.trial == Some(false) || !provider.capabilities().has(Capability::Trial) {
            return Ok(None);
        }
        if days.is_none() && is_wanted {
            return Err(BillingError::field("/trial", "invalid", "this plan has no trial"));
        }
        if days.is_some() && store::find_tried(tx, wish.organization, plan.id).await?.is_some() {
            let detail = "the organization has tried this plan before";
            return if is_wanted {
                Err(BillingError::WrongState(detail))
            } else {
                Ok(None)
            };
        }
        Ok(days)
    }

    /// The subscription with its page, which is made where it is not there yet. Doing so again is harmless.
    async fn open_checkout(
        &self,
        context: &RequestContext,
        id: SubscriptionId,
    ) -> Result<Subscription, BillingError> {
        let Some(asked) = self.attempt(id).await? else {
            return self.get(None, id).await;
        };
        let subscription = &asked.subscription;
        let providers = &self.machinery.providers;
        let provider = Arc::clone(providers.of_account(&subscription.provider, &subscription.account)?);
        match provider.create_checkout(&self.request(&*provider, &asked)?).await {
            Ok(checkout) => self.record_checkout(id, &*provider, checkout).await,
            Err(error) if error.is_transient() => Err(error.into()),
            Err(error) => {
                tracing::warn!(subscription.id = %id, provider = provider.name(), %error, "the provider makes no page for a subscription");
                self.close(context, id, reason::REFUSED).await?;
                Err(error.into())
            }
        }
    }

    /// Counts the page that is asked for; none where there is one, or where none is of use any more.
    async fn attempt(&self, id: SubscriptionId) -> Result<Option<Asked>, BillingError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let Some(attempt) = store::update_attempt(tx, id).await? else {
                return Ok(None);
            };
            let subscription = get_in(tx, None, id).await?;
            let price = this.plans.price_in(tx, subscription.state.price).await?;
            let organizations = &this.machinery.organizations;
            let name = organizations.name_in(tx, subscription.organization).await?;
            Ok(Some(Asked {
                subscription,
                price,
                name,
                attempt,
            }))
        };
        self.machinery.db.write(work).await
    }

    /// Under a key of ours the provider makes one page however often it is asked, so that is the first each time;
    /// else each is another, and nobody gets to see those that were not answered.
    fn request(
        &self,
        provider: &dyn PaymentProvider,
        asked: &Asked,
    ) -> Result<CheckoutRequest, BillingError> {
        let Subscription {
            id, state, checkout, ..
        } = &asked.subscription;
        let has_keys = provider.capabilities().has(Capability::IdempotencyKeys);
        let attempt = if has_keys { 1 } else { asked.attempt };
        let reference = asked.price.reference_at(provider.name(), provider.account());
        let detail = "this price is not sold through this provider any more";
        let reference = reference.ok_or(BillingError::WrongState(detail))?;
        let rule = ReturnRule::of(&self.machinery);
        let email = state.customer_email.as_deref();
        Ok(CheckoutRequest {
            reference: id.to_string(),
            attempt,
            purpose: Purpose::Subscription {
                price: reference.to_owned(),
                amount: asked.price.amount,
                quantity: state.quantity,
                trial_days: checkout.trial_days,
            },
            buyer: Buyer {
                customer: state.customer.clone(),
                email: email.and_then(|email| email.parse().ok()),
                name: asked.name.clone(),
            },
            organization: asked.subscription.organization.to_string(),
            success_url: rule.read("/success_url", checkout.success_url.clone())?,
            cancel_url: rule.read("/cancel_url", checkout.cancel_url.clone())?,
            expires_at: checkout
                .expires_at
                .unwrap_or(asked.subscription.created_at.plus(OPEN_FOR)),
            metadata: asked.subscription.metadata.clone(),
            idempotency_key: format!("{id}:checkout:{attempt}"),
        })
    }

    async fn record_checkout(
        &self,
        id: SubscriptionId,
        provider: &dyn PaymentProvider,
        checkout: Checkout,
    ) -> Result<Subscription, BillingError> {
        let (made, next) = (checkout.clone(), self.machinery.clock.now().plus(FIRST));
        let work = async move |tx: &mut Tx| store::update_checkout(tx, id, &made, next).await;
        let is_recorded: bool = self.machinery.db.write(work).await.map_err(BillingError::Db)?;
        let subscription = self.get(None, id).await?;
        if !is_recorded && subscription.checkout.reference != checkout.id {
            // Another request was faster, and its page is the one that is shown.
            close_page(provider, checkout.id.as_deref()).await;
        }
        Ok(subscription)
    }
}
