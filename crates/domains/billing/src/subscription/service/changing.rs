//! Changing, pausing and resuming.

use kernel::{OrganizationId, RequestContext, SubscriptionId, Timestamp};
use ports::payments::{
    Capability, ChangePreview, PaymentProvider, Proration, SubscriptionChange, SubscriptionTarget,
};

use super::Subscriptions;
use crate::error::BillingError;
use crate::subscription::model::{ChangeWish, Command, PauseKind, Status, Subscription};
use crate::subscription::store;

impl Subscriptions {
    /// Another price or quantity.
    pub(crate) async fn change(
        &self,
        context: &RequestContext,
        (organization, id): (Option<OrganizationId>, SubscriptionId),
        wish: ChangeWish,
    ) -> Result<Subscription, BillingError> {
        let (subscription, provider) = self.to_change(organization, id).await?;
        let command = self.change_command(&subscription, &*provider, wish).await?;
        self.carry_out(context, &subscription, command).await
    }

    /// What a change would cost; changes nothing.
    pub(crate) async fn preview(
        &self,
        (organization, id): (Option<OrganizationId>, SubscriptionId),
        wish: ChangeWish,
    ) -> Result<ChangePreview, BillingError> {
        let (subscription, provider) = self.to_change(organization, id).await?;
        require(&*provider, Capability::PreviewChange)?;
        let command = self.change_command(&subscription, &*provider, wish).await?;
        if let Some(detail) = command.refusal(&subscription.state) {
            return Err(BillingError::WrongState(detail));
        }
        let Command::Change {
            price,
            quantity,
            proration,
        } = command
        else {
            return Err(BillingError::NotFound);
        };
        let change = SubscriptionChange {
            target: SubscriptionTarget {
                subscription: subscription.at_provider()?.to_owned(),
                idempotency_key: format!("{id}:preview:{}", subscription.version),
            },
            item: subscription.state.item.clone(),
            price: price.map(|(_, reference)| reference),
            quantity,
            proration,
        };
        Ok(provider.preview_change(&change).await?)
    }

    /// What a provider can't do is refused before anything is asked or written.
    async fn change_command(
        &self,
        subscription: &Subscription,
        provider: &dyn PaymentProvider,
        wish: ChangeWish,
    ) -> Result<Command, BillingError> {
        let can = provider.capabilities();
        if wish.price.is_some() {
            require(provider, Capability::ChangePrice)?;
        }
        if wish.quantity.is_some() {
            require(provider, Capability::Quantity)?;
            if subscription.follows_members {
                let detail = "there are as many as the organization has members";
                return Err(BillingError::field("/quantity", "invalid", detail));
            }
        }
        if wish.price.is_none() && wish.quantity.is_none() {
            let detail = "a price or a quantity is expected";
            return Err(BillingError::field("/price_id", "required", detail));
        }
        let proration = match wish.proration {
            Some(Proration::None) => Proration::None,
            Some(proration) => {
                require(provider, Capability::Proration)?;
                proration
            }
            None if can.has(Capability::Proration) => Proration::NextInvoice,
            None => Proration::None,
        };
        let price = match wish.price {
            Some(price) => Some(self.other_price(subscription, provider, price).await?),
            None => None,
        };
        Ok(Command::Change {
            price,
            quantity: wish.quantity,
            proration,
        })
    }

    /// The price, and what the provider calls it.
    async fn other_price(
        &self,
        subscription: &Subscription,
        provider: &dyn PaymentProvider,
        price: kernel::PriceId,
    ) -> Result<(kernel::PriceId, String), BillingError> {
        self.name_price(provider, price).await?;
        let (this, found) = (self.clone(), subscription.clone());
        let (name, account) = (provider.name(), provider.account().to_owned());
        let door = self.provider_of(subscription)?;
        let work = async move |tx: &mut db::Tx| {
            let (plan, price) = this.offer_in(tx, price, &*door).await?;
            let present = this.plans.price_in(tx, found.state.price).await?;
            if present.amount.currency() != price.amount.currency() {
                let detail = "a subscription keeps its currency";
                return Err(BillingError::field("/price_id", "invalid", detail));
            }
            if plan.id != found.state.plan && store::find_rival(tx, &found, plan.id).await?.is_some() {
                return Err(BillingError::AlreadySubscribed);
            }
            let reference = price.reference_at(name, &account).map(str::to_owned);
            Ok((price.id, reference.ok_or(BillingError::NotFound)?))
        };
        self.machinery.db.write(work).await
    }

    /// Collects nothing until it is resumed.
    pub(crate) async fn pause(
        &self,
        context: &RequestContext,
        (organization, id): (Option<OrganizationId>, SubscriptionId),
        mode: PauseKind,
        resumes_at: Option<Timestamp>,
    ) -> Result<Subscription, BillingError> {
        let (subscription, provider) = self.to_change(organization, id).await?;
        require(&*provider, Capability::Pause)?;
        if resumes_at.is_some_and(|at| at <= self.machinery.clock.now()) {
            let detail = "a time that is still to come is expected";
            return Err(BillingError::field("/resumes_at", "out_of_range", detail));
        }
        let command = Command::Pause { mode, resumes_at };
        self.carry_out(context, &subscription, command).await
    }

    /// Takes back a cancellation that has not come into effect, and ends a pause.
    pub(crate) async fn resume(
        &self,
        context: &RequestContext,
        (organization, id): (Option<OrganizationId>, SubscriptionId),
    ) -> Result<Subscription, BillingError> {
        let (subscription, provider) = self.to_change(organization, id).await?;
        if self.ends_by_us(&subscription) && subscription.state.cancel_at.is_some() {
            return self.resume_own(context, &subscription, &*provider).await;
        }
        let needed = match subscription.state.status {
            Status::Paused => Capability::Pause,
            _ => Capability::Resume,
        };
        require(&*provider, needed)?;
        self.carry_out(context, &subscription, Command::Resume).await
    }
}

/// What the provider can't do is not asked for.
pub(super) fn require(provider: &dyn PaymentProvider, capability: Capability) -> Result<(), BillingError> {
    if provider.capabilities().has(capability) {
        return Ok(());
    }
    Err(BillingError::CapabilityNotSupported(capability))
}
