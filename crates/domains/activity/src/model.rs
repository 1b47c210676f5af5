//! An entry of the log, and which of them are asked for.

use std::borrow::Cow;
use std::net::IpAddr;
use std::str::FromStr;

use kernel::event::Outcome;
use kernel::id::{ActivityId, AnyId};
use kernel::{Actor, ApiKeyId, OrganizationId, Timestamp, UserId};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use uuid::Uuid;

/// Something that happened.
#[derive(Debug, Clone)]
pub struct Activity {
    /// The entry; its event has the same uuid.
    pub id: ActivityId,
    /// Where it happened; `None` when it concerns the platform.
    pub organization: Option<OrganizationId>,
    /// Who acted.
    pub actor: Actor,
    /// The person in whose name staff acted, when it did.
    pub on_behalf_of: Option<UserId>,
    /// The name of the event: `member.joined`.
    pub action: String,
    /// What it happened to.
    pub target: Option<Target>,
    /// Whether it came about.
    pub outcome: Outcome,
    /// The event's own fields.
    pub data: serde_json::Value,
    /// The caller's address, as text.
    pub ip: Option<String>,
    /// The caller's program.
    pub user_agent: Option<String>,
    /// The request that caused it.
    pub request_id: Option<String>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

/// An entry with the present name of its actor.
#[derive(Debug, Clone)]
pub struct Listed {
    /// The entry.
    pub activity: Activity,
    /// The name of a user.
    pub actor_name: Option<String>,
}

/// What something happened to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// `user`, `invite`, …
    pub kind: String,
    /// Its id.
    pub id: Uuid,
}

/// Which entries are asked for.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// What this one did.
    pub actor: Option<ActorFilter>,
    /// Events of this name.
    pub action: Option<String>,
    /// What happened to this.
    pub target: Option<AnyId>,
    /// At this moment or later.
    pub since: Option<Timestamp>,
    /// Before this moment.
    pub until: Option<Timestamp>,
    /// From this address.
    pub ip: Option<IpAddr>,
}

/// An actor as callers name them: by id, or as `system` or `anonymous`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActorFilter(pub Actor);

impl Target {
    /// Its id as callers know it.
    pub fn text(&self) -> String {
        AnyId::of(&self.kind, self.id).map_or_else(|| self.id.to_string(), |id| id.to_string())
    }
}

/// The words for actors in the database and outside.
pub(crate) const fn actor_kind(actor: Actor) -> &'static str {
    match actor {
        Actor::User(_) => "user",
        Actor::ApiKey(_) => "api_key",
        Actor::System => "system",
        Actor::Anonymous => "anonymous",
    }
}

pub(crate) const fn actor_id(actor: Actor) -> Option<Uuid> {
    match actor {
        Actor::User(id) => Some(id.uuid()),
        Actor::ApiKey(id) => Some(id.uuid()),
        Actor::System | Actor::Anonymous => None,
    }
}

pub(crate) fn actor_of(kind: &str, id: Option<Uuid>) -> Option<Actor> {
    match (kind, id) {
        ("user", Some(id)) => Some(Actor::User(UserId::from_uuid(id))),
        ("api_key", Some(id)) => Some(Actor::ApiKey(ApiKeyId::from_uuid(id))),
        ("system", None) => Some(Actor::System),
        ("anonymous", None) => Some(Actor::Anonymous),
        _ => None,
    }
}

pub(crate) const fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Success => "success",
        Outcome::Failure => "failure",
    }
}

pub(crate) fn outcome_of(word: &str) -> Option<Outcome> {
    match word {
        "success" => Some(Outcome::Success),
        "failure" => Some(Outcome::Failure),
        _ => None,
    }
}

/// A text that names no actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a user or of an API key is expected, or system, or anonymous")]
pub struct ActorFilterError;

impl FromStr for ActorFilter {
    type Err = ActorFilterError;

    fn from_str(text: &str) -> Result<Self, ActorFilterError> {
        let actor = match text {
            "system" => Ok(Actor::System),
            "anonymous" => Ok(Actor::Anonymous),
            _ => text
                .parse()
                .map(Actor::User)
                .or_else(|_| text.parse().map(Actor::ApiKey)),
        };
        actor.map(Self).map_err(|_| ActorFilterError)
    }
}

impl<'de> Deserialize<'de> for ActorFilter {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for ActorFilter {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "actor_filter".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "The id of a user or of an API key, or `system`, or `anonymous`.",
            "pattern": "^((usr|key)_[0-7][0-9a-hjkmnp-tv-z]{25}|system|anonymous)$",
            "example": "usr_01k9q3v8x4f0r9y7t2m5n6p8w1",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actors_are_named_by_id_or_by_a_word() {
        let user = UserId::from_uuid(Uuid::from_u128(1));
        assert_eq!(user.to_string().parse(), Ok(ActorFilter(Actor::User(user))));
        assert_eq!("system".parse(), Ok(ActorFilter(Actor::System)));
        for text in ["", "me", "org_00000000000000000000000001"] {
            assert_eq!(text.parse::<ActorFilter>(), Err(ActorFilterError), "{text}");
        }
        for actor in [Actor::User(user), Actor::System, Actor::Anonymous] {
            assert_eq!(actor_of(actor_kind(actor), actor_id(actor)), Some(actor));
        }
        assert_eq!(actor_of("user", None), None);
    }

    #[test]
    fn a_target_of_an_unknown_kind_is_shown_by_its_uuid() {
        let target = |kind: &str| Target {
            kind: kind.into(),
            id: Uuid::from_u128(1),
        };
        assert_eq!(target("invite").text(), "inv_00000000000000000000000001");
        assert_eq!(target("unicorn").text(), "00000000-0000-0000-0000-000000000001");
    }
}
