//! What an object is at the moment of asking, with what hangs on it.

use db::{Executor, ReadTx};
use kernel::Timestamp;
use ports::payments::{ObjectKind, ObjectRef, PaymentState, Snapshot};

use super::snapshots::{dispute_snapshot, invoice_snapshot, payment_snapshot, subscription_snapshot, unpaid};
use crate::error::SandboxError;
use crate::model::checkout::{Checkout, CheckoutStatus};
use crate::model::payment::Payment;
use crate::service::Sandbox;
use crate::store::{checkouts, disputes, invoices, payments, refunds, subscriptions};

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
        ObjectKind::Subscription => of_subscription(tx, id).await,
        ObjectKind::Invoice => {
            let invoice = invoices::find(tx, id).await?.ok_or(missing)?;
            match &invoice.payment {
                Some(payment) => of_payment(tx, payment).await,
                None => of_subscription(tx, &invoice.subscription).await,
            }
        }
    }
}

async fn of_checkout(
    tx: &mut impl Executor,
    checkout: Checkout,
    now: Timestamp,
) -> Result<Vec<Snapshot>, SandboxError> {
    if let Some(subscription) = &checkout.subscription {
        return of_subscription(tx, subscription).await;
    }
    let Some(payment) = &checkout.payment else {
        return Ok(vec![Snapshot::Payment(unpaid(checkout, now))]);
    };
    let mut found = of_payment(tx, payment).await?;
    for snapshot in &mut found {
        close_with_page(snapshot, &checkout, now);
    }
    Ok(found)
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

/// A payment, and the subscription and the bill that it is for.
async fn of_payment(tx: &mut impl Executor, id: &str) -> Result<Vec<Snapshot>, SandboxError> {
    let found = payments::find(tx, id).await?;
    let payment = found.ok_or(SandboxError::NotFound)?;
    let mut found = Vec::new();
    if let Some(id) = &payment.subscription {
        let subscription = subscriptions::find(tx, id).await?;
        let subscription = subscription.map(subscription_snapshot);
        found.extend(subscription.map(Snapshot::Subscription));
    }
    if let Some(id) = &payment.invoice {
        let invoice = invoices::find(tx, id).await?.map(invoice_snapshot);
        found.extend(invoice.map(Snapshot::Invoice));
    }
    found.extend(alone(tx, payment).await?);
    Ok(found)
}

async fn alone(tx: &mut impl Executor, payment: Payment) -> Result<Vec<Snapshot>, SandboxError> {
    let given_back = refunds::list(tx, &payment.id).await?;
    let dispute = disputes::find_of(tx, &payment.id).await?;
    let mut found = vec![Snapshot::Payment(payment_snapshot(payment, given_back))];
    found.extend(dispute.map(|dispute| Snapshot::Dispute(dispute_snapshot(dispute))));
    Ok(found)
}

/// A subscription, its last bill, and the payment of that.
async fn of_subscription(tx: &mut impl Executor, id: &str) -> Result<Vec<Snapshot>, SandboxError> {
    let found = subscriptions::find(tx, id).await?;
    let subscription = found.ok_or(SandboxError::NotFound)?;
    let mut found = vec![Snapshot::Subscription(subscription_snapshot(subscription))];
    if let Some(invoice) = invoices::find_latest(tx, id).await? {
        let payment = match &invoice.payment {
            Some(id) => payments::find(tx, id).await?,
            None => None,
        };
        found.push(Snapshot::Invoice(invoice_snapshot(invoice)));
        if let Some(payment) = payment {
            found.extend(alone(tx, payment).await?);
        }
    }
    Ok(found)
}
