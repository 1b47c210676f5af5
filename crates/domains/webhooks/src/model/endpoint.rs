//! Those that hear of events.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::{OrganizationId, Timestamp, UserId, WebhookEndpointId};
use serde::{Deserialize, Serialize};
use url::Url;

use super::event_types::EventTypes;
use super::url::EndpointUrl;
use crate::error::WebhookError;

/// How many endpoints an organization may have, and the platform.
pub(crate) const MOST: i64 = 20;

/// The longest description, in characters.
pub(crate) const LONGEST_DESCRIPTION: usize = 200;

/// A server that hears of events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its id.
    pub id: WebhookEndpointId,
    /// The organization whose it is; none for one of the platform.
    pub organization: Option<OrganizationId>,
    /// Where it is told.
    pub url: String,
    /// What it is for, in somebody's words.
    pub description: String,
    /// What it hears.
    pub event_types: EventTypes,
    /// Whether it hears.
    pub status: EndpointStatus,
    /// How many attempts in a row failed.
    pub failures: i64,
    /// Since when; none while the last attempt succeeded.
    pub failing_since: Option<Timestamp>,
    /// Until when it is not asked.
    pub paused_until: Option<Timestamp>,
    /// Counts what people change about it.
    pub version: i64,
    /// Who made it, while they have an account.
    pub created_by: Option<UserId>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it was disabled.
    pub disabled_at: Option<Timestamp>,
    /// Why.
    pub disabled_reason: Option<DisabledReason>,
}

/// Whether an endpoint hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EndpointStatus {
    /// It does.
    Enabled,
    /// It does not.
    Disabled,
}

/// Why an endpoint does not hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisabledReason {
    /// Somebody said so.
    Manual,
    /// It failed for five days without one success.
    Failing,
    /// It answered that it is gone (410).
    Gone,
}

/// An endpoint with a secret that is shown once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuedEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Its secret.
    pub secret: SecretText,
}

/// A secret on its way to whom it is for. It is written down in sealed answers only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretText(String);

/// What people say about an endpoint.
#[derive(Debug, Clone)]
pub struct EndpointContent {
    /// Where it is told.
    pub url: EndpointUrl,
    /// What it is for.
    pub description: Description,
    /// What it hears.
    pub event_types: EventTypes,
}

/// What an endpoint is for, in somebody's words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Description(String);

impl Endpoint {
    /// The host of its URL, which tells what it is without what the URL may hold besides.
    pub(crate) fn host(&self) -> String {
        let url = Url::parse(&self.url).ok();
        url.as_ref()
            .and_then(Url::host_str)
            .unwrap_or_default()
            .to_owned()
    }

    /// For how long it has been failing at this moment.
    pub(crate) fn failing_for(&self, now: Timestamp) -> Duration {
        self.failing_since
            .map_or(Duration::ZERO, |since| now.since(since))
    }
}

impl SecretText {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For whom it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

impl Description {
    /// Reads the field at `/description`.
    pub fn parse(raw: &str) -> Result<Self, WebhookError> {
        const FIELD: &str = "/description";
        let text = raw.trim();
        if text.chars().count() > LONGEST_DESCRIPTION {
            return Err(WebhookError::field(
                FIELD,
                "invalid_length",
                "at most 200 characters",
            ));
        }
        if text.chars().any(char::is_control) {
            let detail = "line breaks and other control characters are not allowed";
            return Err(WebhookError::field(FIELD, "invalid", detail));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl EndpointStatus {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
        }
    }
}

impl DisabledReason {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Manual => "manual",
            Self::Failing => "failing",
            Self::Gone => "gone",
        }
    }
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub struct UnknownWord;

impl FromStr for EndpointStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Enabled, Self::Disabled]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownWord)
    }
}

impl FromStr for DisabledReason {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Manual, Self::Failing, Self::Gone]
            .into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or(UnknownWord)
    }
}
