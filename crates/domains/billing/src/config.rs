//! What the operator decides.

use std::time::Duration;

/// Settings of this domain.
#[derive(Debug, Clone)]
pub struct BillingConfig {
    /// For how long a subscription whose payment is missing counts as paid for.
    pub grace: Duration,
    /// Who sells, as it is printed on receipts.
    pub seller: Seller,
    /// Whether addresses that buyers come back to may be without TLS: in development.
    pub allow_plain_return: bool,
}

/// Who sells.
#[derive(Debug, Clone, Default)]
pub struct Seller {
    /// The name; what is not said is the product's.
    pub name: Option<String>,
    /// Where they are.
    pub address: Option<String>,
    /// Under which number they pay taxes.
    pub tax_id: Option<String>,
}
