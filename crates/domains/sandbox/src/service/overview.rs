//! What the dashboard shows.

use db::{DbError, ReadTx};

use crate::error::SandboxError;
use crate::model::checkout::Checkout;
use crate::model::event::SandboxEvent;
use crate::model::payment::{Dispute, Payment};
use crate::model::subscription::Subscription;
use crate::service::Sandbox;
use crate::store::{checkouts, disputes, events, payments, subscriptions};

/// How many of each are shown.
const SHOWN: u32 = 20;

/// The latest of everything.
pub(crate) struct Overview {
    pub(crate) open: Vec<Checkout>,
    pub(crate) payments: Vec<(Payment, Option<Dispute>)>,
    pub(crate) subscriptions: Vec<Subscription>,
    pub(crate) events: Vec<SandboxEvent>,
}

impl Sandbox {
    /// What happened last.
    pub(crate) async fn overview(&self) -> Result<Overview, SandboxError> {
        let now = self.machinery.clock.now();
        let work = async move |tx: &mut ReadTx| {
            let mut open = checkouts::list_latest(tx, SHOWN).await?;
            open.retain(|checkout| checkout.is_open(now));
            let made = payments::list_latest(tx, SHOWN).await?;
            let ids: Vec<&str> = made.iter().map(|payment| payment.id.as_str()).collect();
            let mut disputed = disputes::list_of(tx, &ids).await?;
            let mut taken = |id: &str| {
                let place = disputed.iter().position(|dispute| dispute.payment == id)?;
                Some(disputed.swap_remove(place))
            };
            let payments = made
                .into_iter()
                .map(|payment| {
                    let dispute = taken(&payment.id);
                    (payment, dispute)
                })
                .collect();
            Ok::<_, DbError>(Overview {
                open,
                payments,
                subscriptions: subscriptions::list_latest(tx, None, SHOWN).await?,
                events: events::list_latest(tx, SHOWN).await?,
            })
        };
        Ok(self.machinery.db.read(work).await?)
    }

    /// What a customer has subscribed to.
    pub(crate) async fn subscriptions_of(&self, customer: &str) -> Result<Vec<Subscription>, SandboxError> {
        let customer = customer.to_owned();
        let work = async move |tx: &mut ReadTx| {
            let listed = subscriptions::list_latest(tx, Some(&customer), SHOWN).await?;
            Ok::<_, DbError>(listed)
        };
        Ok(self.machinery.db.read(work).await?)
    }
}
