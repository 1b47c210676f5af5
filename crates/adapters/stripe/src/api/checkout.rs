//! Pages where something is paid.

use serde::Deserialize;

use super::{Customer, Expandable, Metadata, Named, PaymentIntent};

/// `checkout.session`.
#[derive(Debug, Deserialize)]
pub(crate) struct CheckoutSession {
    pub(crate) id: String,
    pub(crate) url: Option<String>,
    pub(crate) status: Option<String>,
    pub(crate) payment_status: Option<String>,
    pub(crate) amount_subtotal: Option<i64>,
    pub(crate) amount_total: Option<i64>,
    pub(crate) total_details: Option<TotalDetails>,
    pub(crate) currency: Option<String>,
    pub(crate) customer: Option<Expandable<Customer>>,
    pub(crate) customer_details: Option<CustomerDetails>,
    pub(crate) customer_email: Option<String>,
    pub(crate) client_reference_id: Option<String>,
    pub(crate) payment_intent: Option<Expandable<PaymentIntent>>,
    pub(crate) subscription: Option<Expandable<Named>>,
    pub(crate) invoice: Option<Expandable<Named>>,
    pub(crate) metadata: Option<Metadata>,
    pub(crate) expires_at: Option<i64>,
    pub(crate) created: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct TotalDetails {
    pub(crate) amount_tax: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct CustomerDetails {
    pub(crate) email: Option<String>,
}
