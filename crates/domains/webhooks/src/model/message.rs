//! What is told of an event: the body of a webhook, to the letter.

use events::Envelope;
use kernel::id::EventId;
use kernel::{Actor, OrganizationId, Timestamp, UserId};
use serde::Serialize;
use serde_json::{Value, json};

/// What an endpoint hears when somebody tries it out.
pub(crate) const TEST: &str = "webhook.test";

/// An event as it is told.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) id: EventId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) event_type: String,
    pub(crate) body: String,
    pub(crate) occurred_at: Timestamp,
}

/// The fields of Standard Webhooks first. Of the request that caused it nothing is told: an address and a program
/// are personal data of whoever acted, and nobody's business outside.
#[derive(Serialize)]
struct Body<'a> {
    #[serde(rename = "type")]
    event_type: &'a str,
    timestamp: Timestamp,
    id: EventId,
    organization_id: Option<OrganizationId>,
    actor: Actor,
    #[serde(skip_serializing_if = "Option::is_none")]
    on_behalf_of: Option<UserId>,
    data: &'a Value,
}

impl Message {
    pub(crate) fn of(envelope: &Envelope) -> Result<Self, serde_json::Error> {
        let body = Body {
            event_type: &envelope.name,
            timestamp: envelope.occurred_at,
            id: envelope.id,
            organization_id: envelope.organization,
            actor: envelope.actor,
            on_behalf_of: envelope.on_behalf_of,
            data: &envelope.payload,
        };
        Self::written(&body)
    }

    /// What somebody tries an endpoint out with.
    pub(crate) fn test(
        id: EventId,
        organization: Option<OrganizationId>,
        actor: Actor,
        now: Timestamp,
    ) -> Result<Self, serde_json::Error> {
        Self::written(&Body {
            event_type: TEST,
            timestamp: now,
            id,
            organization_id: organization,
            actor,
            on_behalf_of: None,
            data: &json!({ "message": "This is a test." }),
        })
    }

    fn written(body: &Body<'_>) -> Result<Self, serde_json::Error> {
        Ok(Self {
            id: body.id,
            organization: body.organization_id,
            event_type: body.event_type.to_owned(),
            body: serde_json::to_string(body)?,
            occurred_at: body.timestamp,
        })
    }
}
