//! Lemon Squeezy's JSON (<https://jsonapi.org/format/1.0/>), as it comes: ids are text or numbers, empty objects
//! are empty lists, what is not there is left out or null. Whatever is not read here may be anything.

use kernel::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// What a resource of one kind says.
pub(crate) trait Attributes: DeserializeOwned {
    /// The word for the kind.
    const KIND: &'static str;
}

/// A thing with its number.
#[derive(Debug)]
pub(crate) struct Resource<A> {
    pub(crate) id: String,
    pub(crate) attributes: A,
}

/// A page of a list.
#[derive(Debug)]
pub(crate) struct Listing<A> {
    pub(crate) data: Vec<Resource<A>>,
    /// The number of the last page; none where the answer has no pages.
    pub(crate) last_page: Option<u64>,
}

/// The number of a thing, which is text here and a number there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) String);

/// Something that was bought.
#[derive(Debug, Deserialize)]
pub(crate) struct Order {
    pub(crate) store_id: Option<Number>,
    pub(crate) customer_id: Option<Number>,
    pub(crate) user_email: Option<String>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) first_order_item: Option<OrderItem>,
    pub(crate) refunded_at: Option<Timestamp>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) test_mode: Option<bool>,
    #[serde(flatten)]
    pub(crate) sum: Sum,
}

/// What an order is for.
#[derive(Debug, Deserialize)]
pub(crate) struct OrderItem {
    pub(crate) variant_id: Option<Number>,
    pub(crate) price_id: Option<Number>,
}

/// A bill of a subscription.
#[derive(Debug, Deserialize)]
pub(crate) struct Invoice {
    pub(crate) store_id: Option<Number>,
    pub(crate) subscription_id: Number,
    pub(crate) customer_id: Option<Number>,
    pub(crate) user_email: Option<String>,
    pub(crate) billing_reason: Option<String>,
    pub(crate) subtotal: i64,
    #[serde(default, deserialize_with = "object")]
    pub(crate) urls: Option<Urls>,
    pub(crate) refunded_at: Option<Timestamp>,
    pub(crate) created_at: Option<Timestamp>,
    pub(crate) test_mode: Option<bool>,
    #[serde(flatten)]
    pub(crate) sum: Sum,
}

/// The money of an order or a bill.
#[derive(Debug, Deserialize)]
pub(crate) struct Sum {
    pub(crate) currency: String,
    pub(crate) status: String,
    pub(crate) discount_total: i64,
    pub(crate) tax: i64,
    /// Whether the taxes are in the price; older answers do not say, and they never were.
    pub(crate) tax_inclusive: Option<bool>,
    pub(crate) total: i64,
    pub(crate) total_formatted: Option<String>,
    pub(crate) refunded: Option<bool>,
    pub(crate) refunded_amount: Option<i64>,
}

/// Something paid again and again.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) store_id: Option<Number>,
    pub(crate) customer_id: Option<Number>,
    pub(crate) order_id: Number,
    pub(crate) variant_id: Number,
    pub(crate) user_email: Option<String>,
    pub(crate) status: String,
    #[serde(default, deserialize_with = "object")]
    pub(crate) pause: Option<Pause>,
    pub(crate) cancelled: Option<bool>,
    pub(crate) trial_ends_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) first_subscription_item: Option<SubscriptionItem>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) urls: Option<Urls>,
    pub(crate) renews_at: Option<Timestamp>,
    pub(crate) ends_at: Option<Timestamp>,
    pub(crate) test_mode: Option<bool>,
}

/// That a subscription collects nothing.
#[derive(Debug, Deserialize)]
pub(crate) struct Pause {
    pub(crate) mode: Option<String>,
    pub(crate) resumes_at: Option<Timestamp>,
}

/// How many of what a subscription is for, as a subscription tells.
#[derive(Debug, Deserialize)]
pub(crate) struct SubscriptionItem {
    pub(crate) id: Number,
    pub(crate) quantity: Option<u32>,
}

/// The same, asked for by itself.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) subscription_id: Number,
    pub(crate) quantity: u32,
}

/// Pages for people; each is signed, and most end after hours.
#[derive(Debug, Deserialize)]
pub(crate) struct Urls {
    pub(crate) customer_portal: Option<String>,
    pub(crate) invoice_url: Option<String>,
}

/// A page where somebody pays.
#[derive(Debug, Deserialize)]
pub(crate) struct Checkout {
    pub(crate) store_id: Option<Number>,
    pub(crate) url: String,
    pub(crate) expires_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) preview: Option<Preview>,
    pub(crate) test_mode: Option<bool>,
}

/// What a checkout will ask for.
#[derive(Debug, Deserialize)]
pub(crate) struct Preview {
    pub(crate) currency: Option<String>,
}

/// Somebody who bought something.
#[derive(Debug, Deserialize)]
pub(crate) struct Customer {
    pub(crate) store_id: Option<Number>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) urls: Option<Urls>,
    pub(crate) test_mode: Option<bool>,
}

/// What a variant costs.
#[derive(Debug, Deserialize)]
pub(crate) struct Price {
    /// `one_time`, `subscription`, `lead_magnet` or `pwyw`.
    pub(crate) category: String,
}

impl Attributes for Order {
    const KIND: &'static str = "orders";
}

impl Attributes for Invoice {
    const KIND: &'static str = "subscription-invoices";
}

impl Attributes for Subscription {
    const KIND: &'static str = "subscriptions";
}

impl Attributes for Item {
    const KIND: &'static str = "subscription-items";
}

impl Attributes for Checkout {
    const KIND: &'static str = "checkouts";
}

impl Attributes for Customer {
    const KIND: &'static str = "customers";
}

impl Attributes for Price {
    const KIND: &'static str = "prices";
}

impl Number {
    /// Whether it is this one.
    pub(crate) fn is(&self, number: u64) -> bool {
        self.0 == number.to_string()
    }
}

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(u64),
            Text(String),
        }
        Ok(match Written::deserialize(deserializer)? {
            Written::Number(number) => Self(number.to_string()),
            Written::Text(text) => Self(text),
        })
    }
}

/// An object; none for `null`, for an empty list, which is how empty objects come, and for `false`.
fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        object @ Value::Object(_) => serde_json::from_value(object)
            .map(Some)
            .map_err(serde::de::Error::custom),
        _ => Ok(None),
    }
}

#[derive(Deserialize)]
struct Untyped {
    #[serde(rename = "type")]
    kind: String,
    id: Number,
    attributes: Value,
}

/// The resource in an answer. Examples of some answers in the documentation come without the envelope.
pub(crate) fn one<A: Attributes>(body: &[u8]) -> Option<Resource<A>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    match answer.get_mut("data").map(Value::take) {
        Some(data) => resource(data),
        None => resource(answer),
    }
}

/// The resources in an answer, none left out.
pub(crate) fn list<A: Attributes>(body: &[u8]) -> Option<Listing<A>> {
    let mut answer: Value = serde_json::from_slice(body).ok()?;
    let last_page = answer.pointer("/meta/page/lastPage").and_then(Value::as_u64);
    let data = match answer.get_mut("data")?.take() {
        Value::Array(resources) => resources.into_iter().map(resource).collect::<Option<_>>()?,
        _ => return None,
    };
    Some(Listing { data, last_page })
}

fn resource<A: Attributes>(value: Value) -> Option<Resource<A>> {
    let untyped: Untyped = serde_json::from_value(value).ok()?;
    if untyped.kind != A::KIND {
        return None;
    }
    Some(Resource {
        id: untyped.id.0,
        attributes: serde_json::from_value(untyped.attributes).ok()?,
    })
}
