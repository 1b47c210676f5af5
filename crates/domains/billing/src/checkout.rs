//! Pages at providers where buyers pay.

use std::time::Duration;

use ports::payments::{Capability, PaymentProvider, ProviderError};

/// For how long a page is open. Stripe allows up to 24 hours from when it gets to hear of it.
pub(crate) const OPEN_FOR: Duration = Duration::from_hours(23);

/// Closes a page where nobody is to pay. Where that can't be done it closes by itself; should somebody pay there all
/// the same, that is found by its reference.
pub(crate) async fn close_page(provider: &dyn PaymentProvider, page: Option<&str>) {
    let Some(page) = page else { return };
    if !provider.capabilities().has(Capability::ExpireCheckout) {
        return;
    }
    match provider.expire_checkout(page).await {
        Ok(()) | Err(ProviderError::NotFound) => {}
        Err(error) => {
            tracing::warn!(provider = provider.name(), %error, "a page at the provider stays open");
        }
    }
}
