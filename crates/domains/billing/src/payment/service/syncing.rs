//! Asking the provider about a payment in the midst of something else.

use std::sync::Arc;

use db::Tx;
use ports::payments::{ProviderError, Snapshot};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::Payment;
use crate::source::Source;

impl Payments {
    /// Asks, and applies what is answered of payments. A provider that knows of nothing yet has nothing to say.
    pub(super) async fn ask(&self, payment: &Payment) -> Result<(), BillingError> {
        let providers = &self.machinery.providers;
        let provider = Arc::clone(providers.of_account(&payment.provider, &payment.provider_account)?);
        let source = Source {
            provider: provider.name(),
            account: provider.account().to_owned(),
            asked_at: self.machinery.clock.now(),
            reference: Some(payment.id.to_string()),
        };
        let snapshots = match provider.fetch(&payment.object()).await {
            Ok(snapshots) => snapshots,
            Err(ProviderError::NotFound) => return Ok(()),
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
