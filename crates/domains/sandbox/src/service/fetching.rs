//! What an object is at the moment of asking, with what hangs on it.

use db::{Executor, ReadTx};
use kernel::{Money, Timestamp};
use ports::payments::{
    DisputeSnapshot, DisputeState, ObjectKind, ObjectRef, PaymentSnapshot, PaymentState, RefundSnapshot,
    RefundState, Snapshot,
};

use crate::error::SandboxError;
use crate::model::checkout::{Checkout, CheckoutStatus};
use crate::model::payment::{Dispute, DisputeStatus, Payment, PaymentStatus, Refund};
use crate::service::Sandbox;
use crate::store::{checkouts, disputes, payments, refunds};

impl Sandbox {
    /// What an object is now.
    pub(crate) async fn snapshots(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, SandboxError> {
        let (object, now) = (object.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| fetch(tx, &object, now).await;
        self.machinery.db.read(work).await
    }
}

async fn fetch(
    tx: &mut impl Executor,
    object: &ObjectRef,
    now: Timestamp,
) -> Result<Vec<Snapshot>, SandboxError> {
    let id = object.id.as_str();
    let missing = SandboxError::NotFound;
    match object.kind {
        ObjectKind::Checkout => {
            let checkout = checkouts::find(tx, id).await?;
            of_checkout(tx, checkout.ok_or(missing)?, now).await
        }
        ObjectKind::Reference => {
            let checkout = checkouts::find_by_reference(tx, id).await?;
            of_checkout(tx, checkout.ok_or(missing)?, now).await
        }
        ObjectKind::Payment => of_payment(tx, id).await,
        ObjectKind::Refund => {
            let refund = refunds::find(tx, id).await?.ok_or(missing)?;
            of_payment(tx, &refund.payment).await
        }
        ObjectKind::Dispute => {
            let dispute = disputes::find(tx, id).await?.ok_or(missing)?;
            of_payment(tx, &dispute.payment).await
        }
        ObjectKind::Subscription | ObjectKind::Invoice => Err(missing),
    }
}

async fn of_checkout(
    tx: &mut impl Executor,
    checkout: Checkout,
    now: Timestamp,
) -> Result<Vec<Snapshot>, SandboxError> {
    match &checkout.payment {
        Some(payment) => {
            let payment = payment.clone();
            let mut found = of_payment(tx, &payment).await?;
            for snapshot in &mut found {
                close_with_page(snapshot, &checkout, now);
            }
            Ok(found)
        }
        None => Ok(vec![Snapshot::Payment(unpaid(checkout, now))]),
    }
}

/// A payment that nobody made is over with its page.
fn close_with_page(snapshot: &mut Snapshot, checkout: &Checkout, now: Timestamp) {
    let is_closed = checkout.status != CheckoutStatus::Complete && !checkout.is_open(now);
    if let Snapshot::Payment(payment) = snapshot
        && is_closed
        && matches!(
            payment.state,
            PaymentState::Failed { .. } | PaymentState::RequiresAction
        )
    {
        payment.state = PaymentState::Expired;
    }
}

async fn of_payment(tx: &mut impl Executor, id: &str) -> Result<Vec<Snapshot>, SandboxError> {
    let found = payments::find(tx, id).await?;
    let payment = found.ok_or(SandboxError::NotFound)?;
    let given_back = refunds::list(tx, &payment.id).await?;
    let dispute = disputes::find_of(tx, &payment.id).await?;
    let mut found = vec![Snapshot::Payment(payment_snapshot(payment, given_back))];
    found.extend(dispute.map(|dispute| Snapshot::Dispute(dispute_snapshot(dispute))));
    Ok(found)
}

/// A page where nobody has paid.
fn unpaid(checkout: Checkout, now: Timestamp) -> PaymentSnapshot {
    PaymentSnapshot {
        state: if checkout.is_open(now) {
            PaymentState::Open
        } else {
            PaymentState::Expired
        },
        reference: Some(checkout.reference),
        checkout: Some(checkout.id),
        id: None,
        subscription: None,
        invoice: None,
        customer: Some(checkout.customer),
        customer_email: checkout.customer_email,
        amount: checkout.amount,
        total: checkout.amount,
        tax: None,
        fee: None,
        refunded: Money::zero(checkout.amount.currency()),
        refunds: Vec::new(),
        paid_at: None,
        created_at: Some(checkout.created_at),
    }
}

fn payment_snapshot(payment: Payment, given_back: Vec<Refund>) -> PaymentSnapshot {
    PaymentSnapshot {
        state: match payment.status {
            PaymentStatus::RequiresAction => PaymentState::RequiresAction,
            PaymentStatus::Processing => PaymentState::Processing,
            PaymentStatus::Succeeded => PaymentState::Succeeded,
            PaymentStatus::Canceled => PaymentState::Canceled,
            PaymentStatus::Failed => PaymentState::Failed {
                code: payment.failure_code.unwrap_or_default(),
            },
        },
        reference: payment.reference,
        checkout: payment.checkout,
        id: Some(payment.id),
        subscription: payment.subscription,
        invoice: payment.invoice,
        customer: Some(payment.customer),
        customer_email: payment.customer_email,
        amount: payment.amount,
        total: payment.amount,
        tax: None,
        fee: None,
        refunded: payment.refunded,
        refunds: given_back.into_iter().map(refund_snapshot).collect(),
        paid_at: payment.paid_at,
        created_at: Some(payment.created_at),
    }
}

/// A refund: the buyer has it at once.
pub(crate) fn refund_snapshot(refund: Refund) -> RefundSnapshot {
    RefundSnapshot {
        id: Some(refund.id),
        reference: refund.reference,
        amount: refund.amount,
        state: RefundState::Succeeded,
        created_at: Some(refund.created_at),
    }
}

fn dispute_snapshot(dispute: Dispute) -> DisputeSnapshot {
    DisputeSnapshot {
        id: dispute.id,
        payment: Some(dispute.payment),
        amount: dispute.amount,
        withdrawn: dispute.withdrawn,
        state: match dispute.status {
            DisputeStatus::NeedsResponse => DisputeState::NeedsResponse,
            DisputeStatus::Won => DisputeState::Won,
            DisputeStatus::Lost => DisputeState::Lost,
        },
        reason: Some(dispute.reason),
        due_at: Some(dispute.due_at),
        created_at: Some(dispute.created_at),
    }
}
