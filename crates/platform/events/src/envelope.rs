//! An event with who, when and from where.

use std::borrow::Cow;
use std::net::IpAddr;

use kernel::event::{Event, Outcome};
use kernel::id::EventId;
use kernel::{Actor, OrganizationId, RequestContext, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// An event without its type, with all that is known about it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Envelope {
    /// Tells it from every other; stable over deliveries.
    pub id: EventId,
    /// `organization.created`.
    pub name: Cow<'static, str>,
    /// The organization that it happened in; `None` when it concerns the platform.
    pub organization: Option<OrganizationId>,
    /// What it happened to.
    pub target: Option<Target>,
    /// Whether it came about.
    #[serde(with = "outcome")]
    pub outcome: Outcome,
    /// The event's own fields.
    pub payload: serde_json::Value,
    /// Who acted.
    pub actor: Actor,
    /// The person in whose name staff acted, when it did.
    pub on_behalf_of: Option<UserId>,
    /// The caller's address.
    pub ip: Option<IpAddr>,
    /// The caller's program.
    pub user_agent: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// What an event happened to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Target {
    /// `user`, `invite`, …
    pub kind: Cow<'static, str>,
    /// Its id.
    pub id: Uuid,
}

impl Envelope {
    pub(crate) fn seal<E: Event>(
        id: EventId,
        occurred_at: Timestamp,
        context: &RequestContext,
        event: &E,
    ) -> Result<Self, serde_json::Error> {
        let context = context.clone();
        let target = event.target().map(|target| Target {
            kind: target.kind.into(),
            id: target.id,
        });
        Ok(Self {
            id,
            name: E::NAME.into(),
            organization: event.organization(),
            target,
            outcome: event.outcome(),
            payload: serde_json::to_value(event)?,
            actor: context.actor,
            on_behalf_of: context.on_behalf_of,
            ip: context.ip,
            user_agent: context.user_agent,
            request_id: context.request_id,
            occurred_at,
        })
    }
}

/// The published language only writes outcomes; an envelope is also read back.
mod outcome {
    use kernel::event::Outcome;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum Written {
        Success,
        Failure,
    }

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
    pub(super) fn serialize<S: Serializer>(outcome: &Outcome, serializer: S) -> Result<S::Ok, S::Error> {
        outcome.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Outcome, D::Error> {
        Ok(match Written::deserialize(deserializer)? {
            Written::Success => Outcome::Success,
            Written::Failure => Outcome::Failure,
        })
    }
}
