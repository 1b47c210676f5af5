//! Stripe's JSON, as far as it is read. What is not read may be anything. What is read may be missing where the
//! truth does not hang on it: then it is optional here.

mod checkout;
mod dispute;
mod invoice;
mod payment;
mod subscription;

use std::collections::BTreeMap;

use serde::Deserialize;

pub(crate) use checkout::CheckoutSession;
pub(crate) use dispute::Dispute;
pub(crate) use invoice::{Invoice, InvoicePayment, Line};
pub(crate) use payment::{BalanceTransaction, Charge, PaymentIntent, Refund};
pub(crate) use subscription::{Item, Subscription};

/// What somebody keeps with an object.
pub(crate) type Metadata = BTreeMap<String, String>;

/// Something with an id.
pub(crate) trait Identified {
    fn id(&self) -> &str;
}

/// The id of something, or the thing itself where it was asked for.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Expandable<T> {
    Id(String),
    Object(Box<T>),
}

impl<T: Identified> Expandable<T> {
    pub(crate) fn id(&self) -> &str {
        match self {
            Self::Id(id) => id,
            Self::Object(object) => object.id(),
        }
    }

    pub(crate) fn object(&self) -> Option<&T> {
        match self {
            Self::Id(_) => None,
            Self::Object(object) => Some(object),
        }
    }
}

/// The id of what may be there.
pub(crate) fn id_of<T: Identified>(expandable: Option<&Expandable<T>>) -> Option<String> {
    expandable.map(|expandable| expandable.id().to_owned())
}

/// Something of which only the id counts.
#[derive(Debug, Deserialize)]
pub(crate) struct Named {
    pub(crate) id: String,
}

/// A buyer.
#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    id: String,
    pub(crate) email: Option<String>,
}

/// A part of a list.
#[derive(Debug, Deserialize)]
pub(crate) struct List<T> {
    pub(crate) data: Vec<T>,
    pub(crate) has_more: bool,
}

impl Identified for Named {
    fn id(&self) -> &str {
        &self.id
    }
}

impl Identified for Customer {
    fn id(&self) -> &str {
        &self.id
    }
}

/// The id of our payment or subscription that something was made for.
pub(crate) fn reference(metadata: Option<&Metadata>) -> Option<String> {
    let metadata = metadata?;
    let reference = metadata.get(PAYMENT).or_else(|| metadata.get(SUBSCRIPTION));
    reference.filter(|reference| !reference.is_empty()).cloned()
}

/// Where the id of our payment is kept in metadata.
pub(crate) const PAYMENT: &str = "payment_id";
/// Where the id of our subscription is kept in metadata.
pub(crate) const SUBSCRIPTION: &str = "subscription_id";
/// Where the id of our refund is kept in metadata.
pub(crate) const REFUND: &str = "refund_id";
/// Where the id of our price is kept in metadata.
pub(crate) const PRICE: &str = "price_id";
/// Where the id of the organization is kept in metadata.
pub(crate) const ORGANIZATION: &str = "organization_id";
/// What nobody else may say in metadata: things are found again by these.
pub(crate) const OURS: [&str; 5] = [PAYMENT, SUBSCRIPTION, REFUND, PRICE, ORGANIZATION];
