//! What an answer is applied by.

use db::Tx;
use ports::payments::Snapshot;

use crate::dispute::service::Disputes;
use crate::error::BillingError;
use crate::invoice::service::Invoices;
use crate::payment::service::Payments;
use crate::source::Source;
use crate::subscription::service::Subscriptions;

/// Those who make our rows say what a provider's objects are. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Appliers {
    subscriptions: Subscriptions,
    invoices: Invoices,
    payments: Payments,
    disputes: Disputes,
}

impl Appliers {
    /// By these.
    pub(crate) const fn new(
        subscriptions: Subscriptions,
        invoices: Invoices,
        payments: Payments,
        disputes: Disputes,
    ) -> Self {
        Self {
            subscriptions,
            invoices,
            payments,
            disputes,
        }
    }

    /// Applies an answer in the order in which rows are locked everywhere: subscriptions, invoices, payments,
    /// disputes.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshots: &[Snapshot],
    ) -> Result<(), BillingError> {
        let mut in_order: Vec<_> = snapshots.iter().collect();
        in_order.sort_by_key(|snapshot| place(snapshot));
        for snapshot in in_order {
            match snapshot {
                Snapshot::Payment(payment) => self.payments.apply(tx, source, payment).await?,
                Snapshot::Dispute(dispute) => self.disputes.apply(tx, source, dispute).await?,
                Snapshot::Subscription(subscription) => {
                    self.subscriptions.apply(tx, source, subscription).await?;
                }
                Snapshot::Invoice(invoice) => self.invoices.apply(tx, source, invoice).await?,
            }
        }
        Ok(())
    }
}

const fn place(snapshot: &Snapshot) -> u8 {
    match snapshot {
        Snapshot::Subscription(_) => 0,
        Snapshot::Invoice(_) => 1,
        Snapshot::Payment(_) => 2,
        Snapshot::Dispute(_) => 3,
    }
}
