//! Flutterwave's JSON, as it comes: ids are numbers or text, what is not there is left out, null, or empty. Amounts
//! stay the text that they are. Whatever is not read here may be anything.

use kernel::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_json::value::RawValue;

/// What is around every answer.
#[derive(Debug, Deserialize)]
pub(crate) struct Envelope {
    /// `success` or `error`, whatever the status of HTTP.
    pub(crate) status: Option<String>,
    pub(crate) message: Option<String>,
    pub(crate) data: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) meta: Option<Meta>,
}

/// What is told beside a list.
#[derive(Debug, Deserialize)]
pub(crate) struct Meta {
    pub(crate) page_info: Option<PageInfo>,
}

/// Where in a list a page is.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct PageInfo {
    pub(crate) total_pages: u64,
}

/// The number of a thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Number(pub(crate) String);

/// Somebody who paid, or tried to.
#[derive(Debug, Deserialize)]
pub(crate) struct Transaction {
    pub(crate) id: Number,
    pub(crate) tx_ref: String,
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: String,
    /// What the buyer pays, with the fee where the buyer bears it.
    pub(crate) charged_amount: Option<Box<RawValue>>,
    pub(crate) app_fee: Option<Box<RawValue>>,
    pub(crate) processor_response: Option<String>,
    pub(crate) status: String,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) created_at: Option<Timestamp>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) customer: Option<Buyer>,
    /// What was kept with the payment: nothing, an object or a list.
    pub(crate) meta: Option<Value>,
    /// Where the payment is for a plan, its number, or perhaps more of it; how it comes is not documented.
    pub(crate) plan: Option<Value>,
    pub(crate) payment_plan: Option<Value>,
}

/// A buyer. Lists of subscriptions call the address differently.
#[derive(Debug, Deserialize)]
pub(crate) struct Buyer {
    pub(crate) id: Option<Number>,
    pub(crate) email: Option<String>,
    pub(crate) customer_email: Option<String>,
}

/// One line of a list of transactions.
#[derive(Debug, Deserialize)]
pub(crate) struct Line {
    pub(crate) id: Number,
    pub(crate) status: String,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) created_at: Option<Timestamp>,
}

/// Money given back.
#[derive(Debug, Deserialize)]
pub(crate) struct Refund {
    pub(crate) id: Number,
    pub(crate) tx_id: Number,
    pub(crate) amount_refunded: Box<RawValue>,
    pub(crate) status: String,
    /// What we wrote beside it.
    pub(crate) comments: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    pub(crate) created_at: Option<Timestamp>,
}

/// Somebody who pays again and again.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: Number,
    pub(crate) amount: Option<Box<RawValue>>,
    #[serde(default, deserialize_with = "object")]
    pub(crate) customer: Option<Buyer>,
    pub(crate) plan: Number,
    pub(crate) status: String,
}

/// What is paid again and again.
#[derive(Debug, Deserialize)]
pub(crate) struct Plan {
    pub(crate) id: Number,
    pub(crate) amount: Box<RawValue>,
    pub(crate) currency: String,
}

/// A page where somebody pays.
#[derive(Debug, Deserialize)]
pub(crate) struct Link {
    pub(crate) link: String,
}

impl Buyer {
    /// The address, whatever it is called.
    pub(crate) fn address(&self) -> Option<&str> {
        let address = self.email.as_deref().or(self.customer_email.as_deref());
        address.filter(|address| address.contains('@'))
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

/// What the numbers of things look like.
pub(crate) fn is_number(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The number in a value: it itself, or the `id` of what is there.
pub(crate) fn number_in(value: &Value) -> Option<String> {
    let text = match value {
        Value::Number(number) => number.to_string(),
        Value::String(text) => text.clone(),
        Value::Object(members) => return members.get("id").and_then(number_in),
        _ => return None,
    };
    is_number(&text).then_some(text)
}

/// An object; none for whatever else stands for nothing.
fn object<'de, D: Deserializer<'de>, T: DeserializeOwned>(deserializer: D) -> Result<Option<T>, D::Error> {
    match Value::deserialize(deserializer)? {
        object @ Value::Object(_) => serde_json::from_value(object)
            .map(Some)
            .map_err(serde::de::Error::custom),
        _ => Ok(None),
    }
}

/// A time; none for what is none, because no amount depends on it.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let value = Value::deserialize(deserializer)?;
    Ok(value.as_str().and_then(|text| text.parse().ok()))
}
