//! Asking now.

use std::time::Duration;

use db::Tx;
use guard::Limit;
use kernel::{OrganizationId, PaymentId};

use crate::error::BillingError;
use crate::inbox::service::Appliers;
use crate::machinery::Machinery;
use crate::payment::model::Payment;
use crate::payment::service::Payments;

/// How often somebody may have a provider asked about one payment.
const QUESTIONS: Limit = Limit {
    name: "payment_synced",
    max: 20,
    window: Duration::from_mins(1),
};

/// Questions to providers whose answer somebody waits for. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Questions {
    machinery: Machinery,
    payments: Payments,
    appliers: Appliers,
}

impl Questions {
    /// About `payments`; answers are applied as those are that come by themselves.
    pub(crate) fn new(machinery: Machinery, payments: Payments, appliers: Appliers) -> Self {
        Self {
            machinery,
            payments,
            appliers,
        }
    }

    /// Asks the provider what the payment is now, and answers what we make of it. A provider that knows of nothing yet has
    /// nothing to say.
    pub(crate) async fn ask(
        &self,
        organization: Option<OrganizationId>,
        id: PaymentId,
    ) -> Result<Payment, BillingError> {
        let payment = self.payments.get(organization, id).await?;
        let now = self.machinery.clock.now();
        let counted = self
            .machinery
            .limits
            .hit(&QUESTIONS, &id.to_string(), now)
            .await?;
        counted.require(now)?;
        let Some((source, snapshots)) = self.payments.fetch(&payment).await? else {
            return Ok(payment);
        };
        let appliers = self.appliers.clone();
        let work = async move |tx: &mut Tx| appliers.apply(tx, &source, &snapshots).await;
        let applied: Result<(), BillingError> = self.machinery.db.write(work).await;
        applied?;
        self.payments.get(organization, id).await
    }
}
