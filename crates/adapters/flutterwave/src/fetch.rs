//! What an object is now, and what hangs on it.

use ports::payments::{
    Capability, ObjectKind, ObjectRef, PaymentState, ProviderError, RefundSnapshot, Snapshot,
};

use crate::ask::Api;
use crate::reference::CheckoutId;
use crate::subscription;
use crate::transaction::{self, Read};

/// Finds `object`.
pub(crate) async fn object(api: &Api, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
    let id = object.id.as_str();
    match object.kind {
        ObjectKind::Payment => payment(api, transaction::verify(api, id).await?, None).await,
        ObjectKind::Reference => by_reference(api, id).await,
        ObjectKind::Checkout => {
            let checkout = CheckoutId::read(id).ok_or(ProviderError::NotFound)?;
            by_reference(api, checkout.tx_ref).await
        }
        ObjectKind::Refund => {
            let (refund, number) = transaction::refund(api, id).await?;
            let transaction = transaction::verify(api, &number).await?;
            let refund = transaction::refund_snapshot(&refund, transaction.currency())?;
            payment(api, transaction, Some(refund)).await
        }
        ObjectKind::Subscription => {
            let found = subscription::find(api, id).await?;
            Ok(vec![Snapshot::Subscription(found)])
        }
        ObjectKind::Invoice => Err(ProviderError::Unsupported(Capability::Invoices)),
        ObjectKind::Dispute => Err(ProviderError::Unsupported(Capability::Disputes)),
    }
}

async fn by_reference(api: &Api, tx_ref: &str) -> Result<Vec<Snapshot>, ProviderError> {
    let transaction = transaction::verify_by_reference(api, tx_ref).await?;
    payment(api, transaction, None).await
}

/// A payment with its refunds, one of which may be known, and with its subscription where it is for one.
async fn payment(
    api: &Api,
    transaction: Read,
    known: Option<RefundSnapshot>,
) -> Result<Vec<Snapshot>, ProviderError> {
    if transaction.state() != PaymentState::Succeeded {
        let refunds = known.into_iter().collect();
        return Ok(vec![Snapshot::Payment(transaction.snapshot(refunds, None))]);
    }
    let mut refunds = match transaction::refunds(api, &transaction).await {
        // Where there are none, there may be no list.
        Err(ProviderError::NotFound) => Vec::new(),
        refunds => refunds?,
    };
    if let Some(known) = known
        && refunds.iter().all(|refund| refund.id != known.id)
    {
        refunds.push(known);
    }
    let subscription = match subscription::of_transaction(api, &transaction).await {
        Err(ProviderError::NotFound) => None,
        subscription => subscription?,
    };
    let id = subscription.as_ref().map(|subscription| subscription.id.clone());
    let mut found = vec![Snapshot::Payment(transaction.snapshot(refunds, id))];
    found.extend(subscription.map(Snapshot::Subscription));
    Ok(found)
}
