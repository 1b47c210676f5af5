//! Payments: starting them, and what becomes of them.

mod applying;
mod booking;
mod canceling;
mod disputing;
mod effects;
mod expiring;
mod refunding;
mod renewing;
mod resolving;
mod starting;
mod syncing;

use db::{ReadTx, Tx};
use kernel::{OrganizationId, Page, PageRequest, PaymentId, RequestContext, Timestamp};

pub(crate) use self::refunding::RefundWish;
pub(crate) use self::resolving::Resolution;
use super::model::asking::Waiting;
use super::model::standing::Advance;
use super::model::{Payment, PaymentFilter};
use super::store;
use crate::error::BillingError;
use crate::invoice::service::Invoices;
use crate::ledger::service::Ledger;
use crate::machinery::Machinery;
use crate::plan::service::Plans;
use crate::refund::service::Refunds;
use crate::subscription::service::Subscriptions;

/// Payments of organizations. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Payments {
    invoices: Invoices,
    machinery: Machinery,
    ledger: Ledger,
    plans: Plans,
    refunds: Refunds,
    subscriptions: Subscriptions,
}

impl Payments {
    /// Payments kept by `machinery`.
    pub(crate) fn new(machinery: Machinery, invoices: Invoices) -> Self {
        Self {
            invoices,
            ledger: Ledger::new(machinery.clone()),
            subscriptions: Subscriptions::new(machinery.clone(), Plans::new(machinery.clone())),
            plans: Plans::new(machinery.clone()),
            refunds: Refunds::new(machinery.clone()),
            machinery,
        }
    }

    /// The newest first.
    pub(crate) async fn list(
        &self,
        filter: PaymentFilter,
        page: PageRequest,
    ) -> Result<Page<Payment>, BillingError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, &filter, &page).await;
        self.machinery.db.read(work).await.map_err(BillingError::Db)
    }

    /// One of an organization, or with none of any.
    pub(crate) async fn get(
        &self,
        organization: Option<OrganizationId>,
        id: PaymentId,
    ) -> Result<Payment, BillingError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, organization, id).await;
        let found = self.machinery.db.read(work).await.map_err(BillingError::Db)?;
        found.ok_or(BillingError::NotFound)
    }

    /// Writes down how a payment that is locked has moved on, and all that follows from it.
    async fn write_in(
        &self,
        tx: &mut Tx,
        (context, now): (&RequestContext, Timestamp),
        known: &Payment,
        mut next: Payment,
        advance: Advance,
    ) -> Result<(), BillingError> {
        next.standing = advance.standing;
        let waiting = Waiting {
            status: next.standing.status,
            created_at: next.created_at,
            expires_at: next.expires_at,
        };
        // Beside the money itself, refunds on their way are waited for.
        let waits_for_refund = next.next_sync_at.filter(|_| next.standing.status.is_paid());
        next.next_sync_at = waiting.next(now).or(waits_for_refund);
        let is_same = next.standing == known.standing
            && next.provider_reference == known.provider_reference
            && next.checkout_reference == known.checkout_reference
            && next.customer_email == known.customer_email;
        if is_same {
            store::update_asked(tx, next.id, next.synced_at, next.next_sync_at).await?;
            return Ok(());
        }
        if !store::update(tx, &next, now).await? {
            return Err(BillingError::Outdated);
        }
        for effect in &advance.effects {
            self.effect_in(tx, (context, now), &next, effect).await?;
        }
        Ok(())
    }
}
