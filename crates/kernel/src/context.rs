//! Who asks, from where, and under which request id: what every change is recorded with.

use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde::{Deserialize, Serialize};

use crate::id::{ApiKeyId, UserId};

/// Who acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind", content = "id")]
pub enum Actor {
    /// A person.
    User(UserId),
    /// A program with a key.
    ApiKey(ApiKeyId),
    /// The product itself: a job, a command of the operator.
    System,
    /// Nobody that we know.
    Anonymous,
}

/// What a change is recorded with; the first parameter of every service method that changes something.
#[derive(Debug, Clone)]
pub struct RequestContext {
    /// Who acts; the record names them.
    pub actor: Actor,
    /// The person in whose name staff acts, when it does: their authority counts, not that of the staff.
    pub on_behalf_of: Option<UserId>,
    /// The caller's address, behind the trusted proxies.
    pub ip: Option<IpAddr>,
    /// The caller's program, cut to 256 characters.
    pub user_agent: Option<String>,
    /// The id that joins a request with everything that it caused.
    pub request_id: Option<String>,
    /// The caller's wish that a change be made once, however often it is asked for.
    pub idempotency: Option<Arc<Idempotency>>,
}

/// An `Idempotency-Key` with what it is bound to.
#[derive(Debug)]
pub struct Idempotency {
    /// Whom and what the key counts for: principal, method and path.
    pub scope: String,
    /// The key as the caller sent it.
    pub key: String,
    /// SHA-256 of the body: another body under the same key is a mistake of the caller.
    pub fingerprint: [u8; 32],
    replayed: AtomicBool,
}

impl RequestContext {
    /// For what nobody asked for over HTTP: jobs, commands.
    pub const fn system() -> Self {
        Self {
            actor: Actor::System,
            on_behalf_of: None,
            ip: None,
            user_agent: None,
            request_id: None,
            idempotency: None,
        }
    }

    /// The same request with another actor, who acts for themselves: who they are may only be known once
    /// they have signed in.
    pub fn acting_as(&self, actor: Actor) -> Self {
        Self {
            actor,
            on_behalf_of: None,
            ..self.clone()
        }
    }

    /// The same request by a member of the staff who acts as `person`.
    pub fn acting_for(&self, staff: UserId, person: UserId) -> Self {
        Self {
            actor: Actor::User(staff),
            on_behalf_of: Some(person),
            ..self.clone()
        }
    }

    /// The person whose authority counts, if it is one: who acts, or whom staff acts as. What is theirs, what
    /// they may do and what is written down as theirs goes by this; only the record goes by `actor`.
    pub const fn user(&self) -> Option<UserId> {
        match (self.on_behalf_of, self.actor) {
            (Some(user), _) | (None, Actor::User(user)) => Some(user),
            (None, _) => None,
        }
    }
}

impl Idempotency {
    /// A key that has not been used yet, as far as we know.
    pub const fn new(scope: String, key: String, fingerprint: [u8; 32]) -> Self {
        Self {
            scope,
            key,
            fingerprint,
            replayed: AtomicBool::new(false),
        }
    }

    /// Notes that the answer is that of an earlier request.
    pub fn mark_replayed(&self) {
        self.replayed.store(true, Ordering::Relaxed);
    }

    /// Whether the answer is that of an earlier request.
    pub fn is_replayed(&self) -> bool {
        self.replayed.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn staff_act_by_the_authority_of_the_person_and_are_on_the_record() {
        let [staff, person] = [1, 2].map(|id| UserId::from_uuid(uuid::Uuid::from_u128(id)));
        let context = RequestContext::system();
        assert_eq!(context.user(), None);
        let acting = context.acting_for(staff, person);
        assert_eq!(acting.actor, Actor::User(staff));
        assert_eq!(acting.user(), Some(person));
        let own = acting.acting_as(Actor::User(staff));
        assert_eq!((own.user(), own.on_behalf_of), (Some(staff), None));
    }
}
