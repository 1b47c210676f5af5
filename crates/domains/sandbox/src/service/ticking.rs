//! What happens because time passes.

use std::time::Duration;

use db::Tx;

use crate::error::SandboxError;
use crate::model::checkout::CheckoutStatus;
use crate::service::Sandbox;
use crate::store::{checkouts, events, payments, portals, requests, subscriptions};

/// How much happens in one unit of work.
const BATCH: u32 = 50;

/// How long an idempotency key stands for its request.
const KEYS_KEPT: Duration = Duration::from_hours(24);

/// How long events are listed.
const EVENTS_KEPT: Duration = Duration::from_hours(30 * 24);

impl Sandbox {
    /// Lets happen what is due at this moment.
    pub(crate) async fn tick(&self) -> Result<(), SandboxError> {
        while self.settle_due().await? {}
        while self.expire_due().await? {}
        while self.advance_due().await? {}
        let now = self.machinery.clock.now();
        let (keys, old) = (now.minus(KEYS_KEPT), now.minus(EVENTS_KEPT));
        let db = &self.machinery.db;
        db.delete_in_batches(async move |tx, limit| requests::delete_old(tx, keys, limit).await)
            .await?;
        db.delete_in_batches(async move |tx, limit| events::delete_old(tx, old, limit).await)
            .await?;
        db.delete_in_batches(async move |tx, limit| portals::delete_old(tx, now, limit).await)
            .await?;
        Ok(())
    }

    /// Whether there may be more.
    async fn settle_due(&self) -> Result<bool, SandboxError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let due = payments::list_settling(tx, now, BATCH).await?;
            for payment in &due {
                this.settle_in(tx, payment, now).await?;
            }
            Ok::<_, SandboxError>(!due.is_empty())
        };
        self.machinery.db.write(work).await
    }

    async fn expire_due(&self) -> Result<bool, SandboxError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let due = checkouts::list_overdue(tx, now, BATCH).await?;
            for id in &due {
                let checkout = checkouts::lock(tx, id).await?;
                // Somebody may have paid in the last moment.
                let overdue = checkout.filter(|checkout| checkout.status == CheckoutStatus::Open);
                if let Some(checkout) = overdue {
                    this.expire_in(tx, checkout).await?;
                }
            }
            Ok::<_, SandboxError>(!due.is_empty())
        };
        self.machinery.db.write(work).await
    }

    async fn advance_due(&self) -> Result<bool, SandboxError> {
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let due = subscriptions::list_due(tx, now, BATCH).await?;
            for id in &due {
                let subscription = subscriptions::lock(tx, id).await?;
                if let Some(mut subscription) = subscription {
                    this.advance_in(tx, &mut subscription, now).await?;
                }
            }
            Ok::<_, SandboxError>(!due.is_empty())
        };
        self.machinery.db.write(work).await
    }
}
