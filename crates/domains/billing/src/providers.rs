//! The accounts at payment providers.

pub(crate) mod routes;

use std::sync::Arc;

use ports::payments::PaymentProvider;

use crate::error::BillingError;

/// Those that the operator has set up, one account each. Cheap to clone.
#[derive(Clone, Default)]
pub struct Providers(Arc<[Arc<dyn PaymentProvider>]>);

impl Providers {
    /// These.
    pub fn new(providers: Vec<Arc<dyn PaymentProvider>>) -> Self {
        Self(providers.into())
    }

    /// Each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn PaymentProvider>> {
        self.0.iter()
    }

    /// The one of this name.
    pub fn named(&self, name: &str) -> Result<&Arc<dyn PaymentProvider>, BillingError> {
        self.iter()
            .find(|provider| provider.name() == name)
            .ok_or(BillingError::ProviderNotConfigured)
    }

    /// The one of this name, if its account is still the one that something was made in: ids of another account,
    /// or of test mode, mean nothing there.
    pub fn of_account(&self, name: &str, account: &str) -> Result<&Arc<dyn PaymentProvider>, BillingError> {
        let provider = self.named(name)?;
        if provider.account() == account {
            return Ok(provider);
        }
        Err(BillingError::ProviderNotConfigured)
    }
}
