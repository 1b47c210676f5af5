//! Giving up what nobody has paid for.

use db::{ReadTx, Tx};
use kernel::{RequestContext, SubscriptionId};

use super::Subscriptions;
use crate::error::BillingError;
use crate::subscription::model::{LATE, Status};
use crate::subscription::store;

impl Subscriptions {
    /// Gives up a subscription that nobody has paid for.
    pub(super) async fn close(
        &self,
        context: &RequestContext,
        id: SubscriptionId,
        reason: &'static str,
    ) -> Result<(), BillingError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let found = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            if found.state.status != Status::Incomplete || found.state.reference.is_some() {
                return Ok(());
            }
            let mut next = found.clone();
            next.state.status = Status::Expired;
            next.state.reason = Some(reason.to_owned());
            next.state.ended_at = Some(now);
            this.write_in(tx, &context, &found, next).await
        };
        self.machinery.db.write(work).await
    }

    /// Gives up what nobody has paid for in time. Should somebody have done so in the last second, the provider tells
    /// of it, and it counts again.
    pub(crate) async fn expire(&self) -> Result<(), BillingError> {
        const AT_ONCE: u32 = 200;
        let before = self.machinery.clock.now().minus(LATE);
        let work = async move |tx: &mut ReadTx| store::list_overdue(tx, before, AT_ONCE).await;
        let overdue: Vec<SubscriptionId> = self.machinery.db.read(work).await.map_err(BillingError::Db)?;
        for id in overdue {
            // Once more, for what was missed.
            match self.sync_now(id).await {
                Ok(()) => self.close(&RequestContext::system(), id, "expired").await?,
                Err(error) => {
                    tracing::warn!(subscription.id = %id, %error, "a subscription can't be asked about");
                }
            }
        }
        Ok(())
    }
}
