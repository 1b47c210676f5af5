//! Events of providers, and the objects that they are about.

use std::str::FromStr;

use kernel::{PaymentEventId, Timestamp};
use ports::payments::{ObjectKind, ObjectRef, ProviderEvent, WebhookError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The longest key of an event.
const LONGEST_KEY: usize = 128;
/// The longest of the other words of an event.
const LONGEST_WORD: usize = 255;

/// An object in an account at a provider.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Object {
    /// The provider: `stripe`.
    pub(crate) provider: String,
    /// Its account.
    pub(crate) account: String,
    /// What it is.
    pub(crate) kind: KindOfObject,
    /// The provider's id of it.
    pub(crate) id: String,
}

/// What an object is, as it is written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindOfObject {
    /// A page where something is paid.
    Checkout,
    /// A payment.
    Payment,
    /// Money given back.
    Refund,
    /// A buyer who wants money back from the bank.
    Dispute,
    /// Something paid again and again.
    Subscription,
    /// A bill.
    Invoice,
    /// Whatever was made under a reference of ours.
    Reference,
}

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum EventStatus {
    /// Its object is to be asked for.
    Received,
    /// Its object was asked for afterwards, and what it is was applied.
    Processed,
    /// It is about nothing that counts here.
    Ignored,
    /// Its object could not be read, however often it was tried.
    Failed,
}

/// An event as it was written down, without its body.
#[derive(Debug, Clone)]
pub(crate) struct PaymentEvent {
    pub(crate) id: PaymentEventId,
    pub(crate) provider: String,
    pub(crate) account: String,
    pub(crate) key: String,
    pub(crate) event_type: String,
    pub(crate) object_kind: Option<KindOfObject>,
    pub(crate) object_reference: Option<String>,
    pub(crate) reference: Option<String>,
    pub(crate) status: EventStatus,
    pub(crate) error: Option<String>,
    pub(crate) deliveries: i64,
    pub(crate) occurred_at: Option<Timestamp>,
    pub(crate) received_at: Timestamp,
    pub(crate) processed_at: Option<Timestamp>,
}

/// Which events are asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct EventFilter {
    pub(crate) status: Option<EventStatus>,
    pub(crate) provider: Option<String>,
    pub(crate) object_reference: Option<String>,
}

/// Words do not say what was meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such word")]
pub(crate) struct UnknownWord;

impl Object {
    /// An object in an account.
    pub(crate) fn new(provider: &str, account: &str, object: &ObjectRef) -> Self {
        Self {
            provider: provider.to_owned(),
            account: account.to_owned(),
            kind: KindOfObject::of(object.kind),
            id: object.id.clone(),
        }
    }

    /// As its provider is asked for it.
    pub(crate) fn reference(&self) -> ObjectRef {
        ObjectRef {
            kind: self.kind.in_words_of_the_port(),
            id: self.id.clone(),
        }
    }

    /// Its name within the account.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.kind.as_str(), self.id)
    }
}

impl KindOfObject {
    /// All of them.
    const ALL: [Self; 7] = [
        Self::Checkout,
        Self::Payment,
        Self::Refund,
        Self::Dispute,
        Self::Subscription,
        Self::Invoice,
        Self::Reference,
    ];

    const fn of(kind: ObjectKind) -> Self {
        match kind {
            ObjectKind::Checkout => Self::Checkout,
            ObjectKind::Payment => Self::Payment,
            ObjectKind::Refund => Self::Refund,
            ObjectKind::Dispute => Self::Dispute,
            ObjectKind::Subscription => Self::Subscription,
            ObjectKind::Invoice => Self::Invoice,
            ObjectKind::Reference => Self::Reference,
        }
    }

    const fn in_words_of_the_port(self) -> ObjectKind {
        match self {
            Self::Checkout => ObjectKind::Checkout,
            Self::Payment => ObjectKind::Payment,
            Self::Refund => ObjectKind::Refund,
            Self::Dispute => ObjectKind::Dispute,
            Self::Subscription => ObjectKind::Subscription,
            Self::Invoice => ObjectKind::Invoice,
            Self::Reference => ObjectKind::Reference,
        }
    }

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Checkout => "checkout",
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Subscription => "subscription",
            Self::Invoice => "invoice",
            Self::Reference => "reference",
        }
    }
}

impl FromStr for KindOfObject {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.as_str() == text).ok_or(UnknownWord)
    }
}

impl EventStatus {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Processed => "processed",
            Self::Ignored => "ignored",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for EventStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let all = [Self::Received, Self::Processed, Self::Ignored, Self::Failed];
        let mut all = all.into_iter();
        all.find(|status| status.as_str() == text).ok_or(UnknownWord)
    }
}

/// The event, if it can be written down: everything in it has bounds, and no U+0000, which a database can't hold.
pub(crate) fn within_bounds(event: ProviderEvent) -> Result<ProviderEvent, WebhookError> {
    let is_sound = |text: &str, longest: usize| {
        (1..=longest).contains(&text.len()) && !text.chars().any(char::is_control)
    };
    let words = [
        Some(event.event_type.as_str()),
        event.object.as_ref().map(|object| object.id.as_str()),
        event.reference.as_deref(),
    ];
    let are_sound = words
        .into_iter()
        .flatten()
        .all(|word| is_sound(word, LONGEST_WORD));
    if are_sound && is_sound(&event.key, LONGEST_KEY) {
        Ok(event)
    } else {
        Err(WebhookError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_they_are_written() {
        for kind in KindOfObject::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(KindOfObject::of(kind.in_words_of_the_port()), kind);
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for status in ["received", "processed", "ignored", "failed"] {
            assert_eq!(status.parse::<EventStatus>().unwrap().as_str(), status);
        }
        assert_eq!("seen".parse::<EventStatus>(), Err(UnknownWord));
        assert_eq!("Payment".parse::<KindOfObject>(), Err(UnknownWord));
    }

    #[test]
    fn what_a_database_can_not_hold_is_no_event() {
        let event = |key: &str, id: &str| ProviderEvent {
            key: key.to_owned(),
            event_type: "payment.paid".to_owned(),
            object: Some(ObjectRef {
                kind: ObjectKind::Payment,
                id: id.to_owned(),
            }),
            reference: None,
            occurred_at: None,
        };
        assert!(within_bounds(event(&"k".repeat(128), "p")).is_ok());
        for (key, id) in [("", "p"), ("k\0", "p"), ("k", "p\n"), ("k", "")] {
            assert_eq!(within_bounds(event(key, id)), Err(WebhookError::Malformed));
        }
        assert!(within_bounds(event(&"k".repeat(129), "p")).is_err());
        assert!(within_bounds(event("k", &"p".repeat(256))).is_err());
    }
}
