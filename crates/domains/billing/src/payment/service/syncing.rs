//! Asking the provider about a payment in the midst of something else.

use std::sync::Arc;

use db::Tx;
use ports::payments::{ProviderError, Snapshot};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::Payment;
use crate::source::Source;

impl Payments {
    /// Asks, and applies what is answered of payments.
    pub(super) async fn ask(&self, payment: &Payment) -> Result<(), BillingError> {
        let Some((source, snapshots)) = self.fetch(payment).await? else {
            return Ok(());
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

    /// What the provider says now of a payment and what hangs on it; none where it knows of nothing yet.
    pub(crate) async fn fetch(
        &self,
        payment: &Payment,
    ) -> Result<Option<(Source, Vec<Snapshot>)>, BillingError> {
        let providers = &self.machinery.providers;
        let provider = Arc::clone(providers.of_account(&payment.provider, &payment.provider_account)?);
        let source = Source {
            provider: provider.name(),
            account: provider.account().to_owned(),
            asked_at: self.machinery.clock.now(),
            reference: Some(payment.id.to_string()),
        };
        match provider.fetch(&payment.object()).await {
            Ok(snapshots) => Ok(Some((source, snapshots))),
            Err(ProviderError::NotFound) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}
