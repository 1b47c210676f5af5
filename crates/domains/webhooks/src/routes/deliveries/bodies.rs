//! What is sent and answered about deliveries.

use garde::Validate;
use kernel::id::EventId;
use kernel::{OrganizationId, Timestamp, WebhookDeliveryId, WebhookEndpointId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::delivery::{Attempt, Delivery, DeliveryFilter, DeliveryStatus, DetailedDelivery};
use crate::model::replay::{Replay, ReplayWish};

/// Which deliveries are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct DeliveryQuery {
    /// The organization; read by the extractor as well.
    #[garde(skip)]
    #[schemars(skip)]
    #[expect(dead_code, reason = "read by the extractor of who asks")]
    organization_id: Option<String>,
    /// Only those of which this became.
    #[garde(skip)]
    status: Option<DeliveryStatus>,
    /// Only those of events of this type.
    #[garde(length(min = 1, max = 100))]
    #[schemars(example = "member.joined")]
    event_type: Option<String>,
}

/// What is to be sent again.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ReplayWebhookDeliveries {
    /// Of which organization the endpoint is; without it a key's own, and else the platform.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// From when on, within the last 30 days.
    #[garde(skip)]
    since: Timestamp,
    /// Before when; until now when absent.
    #[serde(default)]
    #[garde(skip)]
    until: Option<Timestamp>,
    /// Whether only what never arrived.
    #[serde(default)]
    #[garde(skip)]
    only_failed: bool,
}

/// What is sent again.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WebhookReplayBody {
    /// From when on.
    since: Timestamp,
    /// Before when.
    until: Timestamp,
    /// Whether only what never arrived.
    only_failed: bool,
}

/// One event on its way to one endpoint.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WebhookDeliveryBody {
    /// Its id.
    id: WebhookDeliveryId,
    /// To whom.
    webhook_endpoint_id: WebhookEndpointId,
    /// The event: what receivers see as `webhook-id`, in every attempt and every replay.
    event_id: EventId,
    /// What happened.
    #[schemars(extend("example" = "member.joined"))]
    event_type: String,
    /// What became of it.
    status: DeliveryStatus,
    /// How often it was tried.
    #[schemars(extend("example" = 1))]
    attempts: i64,
    /// Whether the event had been on its way before.
    is_replay: bool,
    /// When it is tried next.
    next_attempt_at: Option<Timestamp>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was taken, or given up.
    completed_at: Option<Timestamp>,
}

/// A delivery with all there is to know.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct DetailedWebhookDeliveryBody {
    /// The delivery.
    webhook_delivery: WebhookDeliveryBody,
    /// What is sent, to the letter.
    #[schemars(extend("example" = "{\"type\":\"member.joined\",\"timestamp\":\"2026-11-24T22:04:05.000Z\",\"data\":{}}"))]
    body: String,
    /// How it was tried, in order.
    log: Vec<WebhookAttemptBody>,
}

/// An attempt.
#[derive(Debug, Serialize, JsonSchema)]
struct WebhookAttemptBody {
    /// Which, from 1.
    #[schemars(extend("example" = 1))]
    attempt: i64,
    /// What was answered; null when nobody did.
    #[schemars(extend("example" = 204))]
    status_code: Option<i64>,
    /// What went wrong.
    #[schemars(extend("example" = "there was no answer in time"))]
    error: Option<String>,
    /// The headers that were sent.
    #[schemars(with = "std::collections::BTreeMap<String, Value>")]
    request_headers: Value,
    /// The headers of the answer: the first 50.
    #[schemars(with = "Option<std::collections::BTreeMap<String, Value>>")]
    response_headers: Option<Value>,
    /// The answer, cut to 4 KiB.
    #[schemars(extend("example" = "ok"))]
    response_body: Option<String>,
    /// How long it took; null while it is under way, and when this server stopped meanwhile.
    #[schemars(extend("example" = 120))]
    duration_ms: Option<i64>,
    /// When it began.
    occurred_at: Timestamp,
}

impl From<ReplayWebhookDeliveries> for ReplayWish {
    fn from(body: ReplayWebhookDeliveries) -> Self {
        Self {
            since: body.since,
            until: body.until,
            only_failed: body.only_failed,
        }
    }
}

impl From<Replay> for WebhookReplayBody {
    fn from(replay: Replay) -> Self {
        Self {
            since: replay.since,
            until: replay.until,
            only_failed: replay.only_failed,
        }
    }
}

impl From<DeliveryQuery> for DeliveryFilter {
    fn from(query: DeliveryQuery) -> Self {
        Self {
            status: query.status,
            event_type: query.event_type,
        }
    }
}

impl From<Delivery> for WebhookDeliveryBody {
    fn from(delivery: Delivery) -> Self {
        Self {
            id: delivery.id,
            webhook_endpoint_id: delivery.endpoint,
            event_id: delivery.event,
            event_type: delivery.event_type,
            status: delivery.status,
            attempts: delivery.attempts,
            is_replay: delivery.is_replay,
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
            completed_at: delivery.completed_at,
        }
    }
}

impl From<DetailedDelivery> for DetailedWebhookDeliveryBody {
    fn from(detailed: DetailedDelivery) -> Self {
        Self {
            webhook_delivery: detailed.delivery.into(),
            body: detailed.body,
            log: detailed
                .attempts
                .into_iter()
                .map(WebhookAttemptBody::from)
                .collect(),
        }
    }
}

impl From<Attempt> for WebhookAttemptBody {
    fn from(attempt: Attempt) -> Self {
        Self {
            attempt: attempt.attempt,
            status_code: attempt.status_code,
            error: attempt.error,
            request_headers: attempt.request_headers,
            response_headers: attempt.response_headers,
            response_body: attempt.response_body,
            duration_ms: attempt.duration_ms,
            occurred_at: attempt.occurred_at,
        }
    }
}
