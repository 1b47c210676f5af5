//! What is sent to endpoints, and what came of it.

use std::str::FromStr;

use kernel::id::EventId;
use kernel::{Timestamp, WebhookDeliveryId, WebhookEndpointId};
use serde::{Deserialize, Serialize};

use super::endpoint::UnknownWord;

/// One event on its way to one endpoint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its id.
    pub id: WebhookDeliveryId,
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// What; receivers see it as `webhook-id`, in every attempt and every replay.
    pub event: EventId,
    /// `organization.created`.
    pub event_type: String,
    /// What became of it.
    pub status: DeliveryStatus,
    /// How often it was tried.
    pub attempts: i64,
    /// Whether the event was on its way before.
    pub is_replay: bool,
    /// When it is tried next; none when it is not.
    pub next_attempt_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it came to an end.
    pub completed_at: Option<Timestamp>,
}

/// A delivery with all there is to know.
#[derive(Debug, Clone)]
pub struct DetailedDelivery {
    /// The delivery.
    pub delivery: Delivery,
    /// What is sent, to the letter.
    pub body: String,
    /// How it was tried, in order.
    pub attempts: Vec<Attempt>,
}

/// One attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// Which, from 1.
    pub attempt: i64,
    /// What was answered.
    pub status_code: Option<i64>,
    /// What went wrong.
    pub error: Option<String>,
    /// Headers that were sent.
    pub request_headers: serde_json::Value,
    /// Headers of the answer, cut to a few kilobytes.
    pub response_headers: Option<serde_json::Value>,
    /// The answer, cut to 4 KiB.
    pub response_body: Option<String>,
    /// How long it took; none while it is under way, and when it was cut short.
    pub duration_ms: Option<i64>,
    /// When it began.
    pub occurred_at: Timestamp,
}

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryStatus {
    /// It is on its way.
    Pending,
    /// It was taken.
    Succeeded,
    /// It was given up.
    Failed,
}

/// Which deliveries are asked for.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    /// Only those of which this became.
    pub status: Option<DeliveryStatus>,
    /// Only those of events of this type.
    pub event_type: Option<String>,
}

impl DeliveryStatus {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
        }
    }
}

impl FromStr for DeliveryStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        [Self::Pending, Self::Succeeded, Self::Failed]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownWord)
    }
}
