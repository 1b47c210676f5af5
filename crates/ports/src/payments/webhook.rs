//! What a provider tells by itself.

use kernel::Timestamp;

use super::snapshot::ObjectRef;

/// What came in, before anything in it is believed.
#[derive(Clone, Copy)]
pub struct InboundWebhook<'a> {
    /// Headers by lower-case names; one that came twice is there twice.
    pub headers: &'a [(String, String)],
    /// The body, byte by byte.
    pub body: &'a [u8],
}

impl<'a> InboundWebhook<'a> {
    /// The header of this lower-case name; none where it is absent, or there more than once.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        let mut values = self.headers.iter().filter(|(header, _)| header == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value.as_str())
    }
}

/// Something that happened at a provider: a reason to ask, and nothing more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderEvent {
    /// The same for each delivery of the same event, at most 128 characters.
    pub key: String,
    /// The provider's name for it: `checkout.session.completed`.
    pub event_type: String,
    /// What it is about; none for what nothing here has to do with.
    pub object: Option<ObjectRef>,
    /// The id of our payment or subscription, where the event tells it and the object does not.
    pub reference: Option<String>,
    /// When it happened, as the provider says.
    pub occurred_at: Option<Timestamp>,
}

/// Why a webhook is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum WebhookError {
    /// It is not signed, or not by the provider.
    #[error("the signature is missing or wrong")]
    BadSignature,
    /// It was signed too long ago, or in the future.
    #[error("the signature is too old or too new")]
    Stale,
    /// It is the provider's and makes no sense.
    #[error("the body can't be read")]
    Malformed,
    /// It is of test mode and the account is live, or the other way round.
    #[error("the event is of another mode than the account")]
    WrongMode,
}
