//! What happened, and how it is told.

use std::str::FromStr;
use std::time::Duration;

use kernel::Timestamp;
use ports::payments::{ObjectKind, ObjectRef};
use serde_json::{Value, json};

use super::{UnknownWord, spelled};

/// Something that happened.
#[derive(Debug, Clone)]
pub(crate) struct SandboxEvent {
    pub(crate) id: String,
    /// `payment.succeeded`.
    pub(crate) event_type: String,
    pub(crate) object: ObjectRef,
    pub(crate) reference: Option<String>,
    pub(crate) delivery: Delivery,
    pub(crate) attempts: i64,
    pub(crate) last_error: Option<String>,
    pub(crate) delivered_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

/// Something that is to be told.
pub(crate) struct Fact {
    pub(crate) event_type: &'static str,
    pub(crate) object: ObjectRef,
    pub(crate) reference: Option<String>,
}

/// How events reach who is to hear them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Delivery {
    /// Once, and at once.
    Normal,
    /// Never: they are in the list of events only.
    Lost,
    /// Twice.
    Twice,
    /// Those that belong together the other way round.
    Reordered,
    /// A minute later.
    Late,
}

impl Fact {
    /// Something about an object, which was made under a reference of who takes the money.
    pub(crate) fn of(event_type: &'static str, kind: ObjectKind, id: &str, reference: Option<&str>) -> Self {
        Self {
            event_type,
            object: ObjectRef {
                kind,
                id: id.to_owned(),
            },
            reference: reference.map(str::to_owned),
        }
    }
}

impl Delivery {
    pub(crate) const ALL: [Self; 5] = [Self::Normal, Self::Lost, Self::Twice, Self::Reordered, Self::Late];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Lost => "lost",
            Self::Twice => "twice",
            Self::Reordered => "reordered",
            Self::Late => "late",
        }
    }

    /// For who chooses.
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Normal => "at once",
            Self::Lost => "never: they get lost",
            Self::Twice => "twice",
            Self::Reordered => "in the wrong order",
            Self::Late => "a minute later",
        }
    }

    /// After how long the `place`th of `count` events of one change is told, for each time that it is told.
    pub(crate) fn waits(self, place: usize, count: usize) -> Vec<Duration> {
        const STEP: Duration = Duration::from_secs(2);
        match self {
            Self::Normal => vec![Duration::ZERO],
            Self::Lost => Vec::new(),
            Self::Twice => vec![Duration::ZERO; 2],
            Self::Reordered => {
                let later = u32::try_from(count.saturating_sub(place)).unwrap_or(1);
                vec![STEP * later]
            }
            Self::Late => vec![Duration::from_mins(1)],
        }
    }
}

impl FromStr for Delivery {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        spelled(text, &Self::ALL, Self::as_str)
    }
}

/// Kinds of objects and their names in events.
const KINDS: [(ObjectKind, &str); 6] = [
    (ObjectKind::Checkout, "checkout"),
    (ObjectKind::Payment, "payment"),
    (ObjectKind::Refund, "refund"),
    (ObjectKind::Dispute, "dispute"),
    (ObjectKind::Subscription, "subscription"),
    (ObjectKind::Invoice, "invoice"),
];

/// `payment`.
pub(crate) fn kind_name(kind: ObjectKind) -> &'static str {
    let known = KINDS.iter().find(|(known, _)| *known == kind);
    known.map_or("reference", |(_, name)| name)
}

/// The kind of this name.
pub(crate) fn kind_named(name: &str) -> Option<ObjectKind> {
    let known = KINDS.iter().find(|(_, known)| *known == name);
    known.map(|(kind, _)| *kind)
}

impl SandboxEvent {
    /// What is sent. It says which object, and not what the object is.
    pub(crate) fn body(&self) -> Value {
        json!({
            "id": self.id,
            "type": self.event_type,
            "created": self.created_at.unix_seconds(),
            "object": {"kind": kind_name(self.object.kind), "id": self.object.id},
            "reference": self.reference,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_of_one_change_are_told_as_somebody_chose() {
        let seconds = |delivery: Delivery| -> Vec<Vec<u64>> {
            let waits = (0..3).map(|place| delivery.waits(place, 3));
            waits
                .map(|waits| waits.iter().map(Duration::as_secs).collect())
                .collect()
        };
        assert_eq!(seconds(Delivery::Normal), [[0], [0], [0]]);
        assert_eq!(seconds(Delivery::Twice), [[0, 0], [0, 0], [0, 0]]);
        assert_eq!(seconds(Delivery::Lost), [[0_u64; 0]; 3]);
        assert_eq!(seconds(Delivery::Reordered), [[6], [4], [2]]);
        assert_eq!(seconds(Delivery::Late), [[60], [60], [60]]);
    }
}
