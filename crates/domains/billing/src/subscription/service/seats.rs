//! As many as there are members.

use db::Tx;
use kernel::{JobId, OrganizationId, SubscriptionId};
use ports::payments::{Capability, Proration};

use super::Subscriptions;
use crate::error::BillingError;
use crate::subscription::model::{Command, Status, Subscription};
use crate::subscription::store;
use crate::subscription::work::SetSeats;

impl Subscriptions {
    /// Has the seats of an organization counted soon. However many come and go until then, that is done once.
    pub(crate) async fn follow_members_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
    ) -> Result<(), BillingError> {
        for subscription in store::list_following(tx, organization).await? {
            self.enqueue_seats(tx, subscription, organization).await?;
        }
        Ok(())
    }

    pub(super) async fn enqueue_seats(
        &self,
        tx: &mut Tx,
        subscription: SubscriptionId,
        organization: OrganizationId,
    ) -> Result<(), BillingError> {
        let job = SetSeats {
            subscription,
            organization,
        };
        let key = subscription.to_string();
        self.machinery.queue.enqueue_unique(tx, &key, &job).await?;
        Ok(())
    }

    /// Makes a subscription as many as there are members at this moment, and one at least.
    pub(crate) async fn set_seats(&self, id: SubscriptionId, job: JobId) -> Result<(), BillingError> {
        let (subscription, provider) = self.to_change(None, id).await?;
        let is_running = matches!(
            subscription.state.status,
            Status::Trialing | Status::Active | Status::PastDue | Status::Paused
        );
        let can = provider.capabilities().has(Capability::Quantity);
        if !subscription.follows_members || !is_running || !can {
            return Ok(());
        }
        let Some(wanted) = self.want_seats(&subscription).await? else {
            return Ok(());
        };
        let command = Command::Change {
            price: None,
            quantity: Some(wanted),
            proration: if provider.capabilities().has(Capability::Proration) {
                Proration::NextInvoice
            } else {
                Proration::None
            },
        };
        // The same job may find other numbers when it is tried again.
        let key = format!("{id}:seats:{job}:{wanted}");
        self.ask(&*provider, &subscription, &command, key).await
    }

    /// How many there are to be, written down before the provider is asked; none where that is so.
    async fn want_seats(&self, subscription: &Subscription) -> Result<Option<u32>, BillingError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let (id, organization) = (subscription.id, subscription.organization);
        let work = async move |tx: &mut Tx| {
            let members = this.machinery.organizations.count_members_in(tx, organization);
            let wanted = u32::try_from(members.await?.max(1)).unwrap_or(u32::MAX);
            let Some(mut next) = store::lock(tx, id).await? else {
                return Ok(None);
            };
            if next.state.quantity == wanted && next.state.pending_quantity.is_none() {
                return Ok(None);
            }
            next.state.pending_quantity = Some(wanted);
            store::update(tx, &next, now).await?;
            Ok(Some(wanted))
        };
        self.machinery.db.write(work).await
    }
}
