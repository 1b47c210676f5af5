//! The hash chain: what is hashed, and how a chain is walked.
//!
//! Each organization has a chain, and the platform has one. An entry in a chain has a number, from 1
//! without gaps, and a hash:
//!
//! ```text
//! hash = SHA-256( previous hash (32 bytes; zeros before the first entry)
//!                 ‖ field "mainstay.activity.1"
//!                 ‖ field chain (16 bytes: the organization's id; zeros for the platform)
//!                 ‖ field number (8 bytes, big-endian)
//!                 ‖ field id (16 bytes)
//!                 ‖ field actor kind ‖ field? actor id ‖ field? on behalf of
//!                 ‖ field action ‖ field? target kind ‖ field? target id ‖ field outcome
//!                 ‖ field data ‖ field? ip ‖ field? user agent ‖ field? request id
//!                 ‖ field time )
//! field  = byte 1 ‖ length (8 bytes, big-endian) ‖ bytes
//! field? = field, or byte 0 when there is none
//! ```
//!
//! Texts are UTF-8, ids 16 bytes, the time is `2026-01-02T03:04:05.123456Z`. Data is JSON without
//! white space, the members of each object sorted by the bytes of their names. Lengths in front make
//! sure that no two entries are written the same.

use std::fmt;

use kernel::OrganizationId;
use kernel::id::ActivityId;
use serde_json::Value;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::model::{Activity, actor_id, actor_kind, outcome_word};

/// A SHA-256.
pub type Hash = [u8; 32];

/// What comes before the first entry.
pub const START: Hash = [0; 32];

/// An entry with its place in a chain.
#[derive(Debug, Clone)]
pub(crate) struct Sealed {
    pub(crate) activity: Activity,
    pub(crate) seq: i64,
    pub(crate) previous: Hash,
    pub(crate) hash: Hash,
}

/// The end of a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tail {
    /// The number of its last entry.
    pub seq: i64,
    /// The hash of that.
    pub hash: Hash,
}

/// What is wrong with a chain, at the first place where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// Whose chain; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// The number of the entry.
    pub seq: i64,
    /// The entry, when there is one.
    pub entry: Option<ActivityId>,
    /// What is wrong.
    pub kind: FaultKind,
}

/// What can be wrong with a chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// The entry does not say what it said when it was sealed.
    Altered,
    /// The entry does not follow the one before it.
    Misplaced,
    /// There is no entry of that number, but there are later ones.
    Missing,
    /// The chain ends before its recorded end.
    Truncated,
    /// There are entries, but the record of the chain's end is gone.
    Unrecorded,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.organization {
            Some(organization) => write!(f, "chain of {organization}: ")?,
            None => f.write_str("chain of the platform: ")?,
        }
        let seq = self.seq;
        match self.kind {
            FaultKind::Altered => write!(f, "entry {seq} was altered")?,
            FaultKind::Misplaced => write!(f, "entry {seq} does not follow the one before it")?,
            FaultKind::Missing => write!(f, "entry {seq} is missing")?,
            FaultKind::Truncated => write!(f, "entry {seq} and what came after it is missing at the end")?,
            FaultKind::Unrecorded => f.write_str("the record of its end is missing")?,
        }
        self.entry.map_or(Ok(()), |entry| write!(f, " ({entry})"))
    }
}

/// The chain that an organization's entries are in.
pub(crate) fn id_of(organization: Option<OrganizationId>) -> Uuid {
    organization.map_or(Uuid::nil(), OrganizationId::uuid)
}

pub(crate) fn organization_of(chain: Uuid) -> Option<OrganizationId> {
    (!chain.is_nil()).then(|| OrganizationId::from_uuid(chain))
}

/// The hash of `activity` as entry number `seq` after `previous`.
pub(crate) fn hash(activity: &Activity, seq: i64, previous: &Hash) -> Hash {
    let target = activity.target.as_ref();
    let mut data = String::new();
    write_json(&activity.data, &mut data);
    let mut writer = Writer(Sha256::new_with_prefix(previous));
    writer.field("mainstay.activity.1");
    writer.field(id_of(activity.organization));
    writer.field(seq.to_be_bytes());
    writer.field(activity.id.uuid());
    writer.field(actor_kind(activity.actor));
    writer.optional(actor_id(activity.actor));
    writer.optional(activity.on_behalf_of.map(kernel::Id::uuid));
    writer.field(&activity.action);
    writer.optional(target.map(|target| &target.kind));
    writer.optional(target.map(|target| target.id));
    writer.field(outcome_word(activity.outcome));
    writer.field(data);
    writer.optional(activity.ip.as_ref());
    writer.optional(activity.user_agent.as_ref());
    writer.optional(activity.request_id.as_ref());
    writer.field(activity.occurred_at.to_micros_text());
    writer.0.finalize().into()
}

struct Writer(Sha256);

impl Writer {
    fn field(&mut self, bytes: impl AsRef<[u8]>) {
        let bytes = bytes.as_ref();
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        self.0.update([1]);
        self.0.update(length.to_be_bytes());
        self.0.update(bytes);
    }

    fn optional(&mut self, bytes: Option<impl AsRef<[u8]>>) {
        match bytes {
            Some(bytes) => self.field(bytes),
            None => self.0.update([0]),
        }
    }
}

/// PostgreSQL keeps the members of an object in an order of its own, so they are sorted here.
fn write_json(value: &Value, text: &mut String) {
    match value {
        Value::Array(items) => {
            text.push('[');
            for (place, item) in items.iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                write_json(item, text);
            }
            text.push(']');
        }
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(name, _)| *name);
            text.push('{');
            for (place, (name, member)) in members.into_iter().enumerate() {
                text.push_str(if place == 0 { "" } else { "," });
                text.push_str(&Value::from(name.as_str()).to_string());
                text.push(':');
                write_json(member, text);
            }
            text.push('}');
        }
        plain => text.push_str(&plain.to_string()),
    }
}

/// Walks a chain from its first entry to its recorded end.
pub(crate) struct Walk {
    organization: Option<OrganizationId>,
    at: Tail,
    end: Tail,
}

impl Walk {
    pub(crate) const fn new(organization: Option<OrganizationId>, end: Tail) -> Self {
        let at = Tail { seq: 0, hash: START };
        Self {
            organization,
            at,
            end,
        }
    }

    /// The last entry that was found right.
    pub(crate) const fn at(&self) -> i64 {
        self.at.seq
    }

    /// Looks at the next entry. Entries that were sealed after the walk began are beyond its end.
    pub(crate) fn step(&mut self, sealed: &Sealed) -> Result<(), Fault> {
        let expected = self.at.seq + 1;
        if expected > self.end.seq {
            return Ok(());
        }
        if sealed.seq != expected {
            return Err(self.fault(expected, None, FaultKind::Missing));
        }
        let entry = Some(sealed.activity.id);
        if sealed.previous != self.at.hash {
            return Err(self.fault(expected, entry, FaultKind::Misplaced));
        }
        if hash(&sealed.activity, sealed.seq, &sealed.previous) != sealed.hash {
            return Err(self.fault(expected, entry, FaultKind::Altered));
        }
        self.at = Tail {
            seq: sealed.seq,
            hash: sealed.hash,
        };
        Ok(())
    }

    /// Says whether the walk came to the recorded end.
    pub(crate) fn finish(&self) -> Result<(), Fault> {
        if self.at.seq < self.end.seq {
            return Err(self.fault(self.at.seq + 1, None, FaultKind::Truncated));
        }
        if self.at.hash != self.end.hash {
            return Err(self.fault(self.at.seq, None, FaultKind::Altered));
        }
        Ok(())
    }

    const fn fault(&self, seq: i64, entry: Option<ActivityId>, kind: FaultKind) -> Fault {
        Fault {
            organization: self.organization,
            seq,
            entry,
            kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kernel::Actor;
    use kernel::event::Outcome;
    use serde_json::json;

    fn activity() -> Activity {
        Activity {
            id: ActivityId::from_uuid(Uuid::from_u128(1)),
            organization: None,
            actor: Actor::System,
            on_behalf_of: None,
            action: "user.registered".into(),
            target: None,
            outcome: Outcome::Success,
            data: json!({ "b": [1, 2.5, "x\n"], "a": { "z": null, "y": true } }),
            ip: None,
            user_agent: None,
            request_id: None,
            occurred_at: "2026-01-02T03:04:05.123456Z".parse().unwrap(),
        }
    }

    #[test]
    fn json_is_written_in_one_way() {
        let mut text = String::new();
        write_json(&activity().data, &mut text);
        assert_eq!(text, r#"{"a":{"y":true,"z":null},"b":[1,2.5,"x\n"]}"#);
    }

    /// Chains of every release must verify for ever, so this may not change.
    #[test]
    fn the_first_hash_is_this() {
        let hash = hash(&activity(), 1, &START);
        let text = hash.map(|byte| format!("{byte:02x}")).concat();
        assert_eq!(
            text,
            "4bd5e87c913c14e75cf0483a21e0a7aff55a102e8181cfdc3cd83940826ad039"
        );
    }

    #[test]
    fn a_text_does_not_move_into_the_field_beside_it() {
        let one = Activity {
            ip: Some("1".into()),
            ..activity()
        };
        let other = Activity {
            user_agent: Some("1".into()),
            ..activity()
        };
        let empty = Activity {
            ip: Some(String::new()),
            ..activity()
        };
        let hashes = [one, other, empty, activity()].map(|activity| hash(&activity, 1, &START));
        for (place, hash) in hashes.iter().enumerate() {
            assert!(!hashes[place + 1..].contains(hash), "{place}");
        }
    }
}
