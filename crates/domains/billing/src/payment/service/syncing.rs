//! Asking the provider now.

use std::time::Duration;

use db::Tx;
use guard::Limit;
use kernel::{OrganizationId, PaymentId};
use ports::payments::{ProviderError, Snapshot};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::Payment;
use crate::source::Source;

/// How often somebody may have a provider asked about one payment.
const QUESTIONS: Limit = Limit {
    name: "payment_synced",
    max: 20,
    window: Duration::from_mins(1),
};

impl Payments {
    /// Asks the provider what the payment is now, and answers what we make of it.
    pub(crate) async fn sync(
        &self,
        organization: Option<OrganizationId>,
        id: PaymentId,
    ) -> Result<Payment, BillingError> {
        let payment = self.get(organization, id).await?;
        let now = self.machinery.clock.now();
        let counted = self
            .machinery
            .limits
            .hit(&QUESTIONS, &id.to_string(), now)
            .await?;
        counted.require(now)?;
        self.ask(&payment).await?;
        self.get(organization, id).await
    }

    /// Asks, and applies what is answered. A provider that knows of nothing yet has nothing to say.
    pub(super) async fn ask(&self, payment: &Payment) -> Result<(), BillingError> {
        let providers = &self.machinery.providers;
        let provider = providers.of_account(&payment.provider, &payment.provider_account)?;
        let source = Source {
            provider: provider.name(),
            account: provider.account().to_owned(),
            asked_at: self.machinery.clock.now(),
            reference: Some(payment.id.to_string()),
        };
        let snapshots = match provider.fetch(&payment.object()).await {
            Ok(snapshots) => snapshots,
            Err(ProviderError::NotFound) => Vec::new(),
            Err(error) => return Err(error.into()),
        };
        let this = self.clone();
        let work = async move |tx: &mut Tx| {
            for snapshot in &snapshots {
                if let Snapshot::Payment(snapshot) = snapshot {
                    this.apply(tx, &source, snapshot).await?;
                }
            }
            Ok(())
        };
        self.machinery.db.write(work).await
    }
}
