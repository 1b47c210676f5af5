//! Who stands at the door, and with what.

use std::time::Duration;

use kernel::{Secret, SessionId, UserId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::factor::model::FactorKind;
use crate::session::model::{OpenedSession, SessionKind};

/// For how long a ticket is good.
pub const TICKET_LIFETIME: Duration = Duration::from_mins(5);

/// How often a second factor is tried with one ticket.
pub const TICKET_ATTEMPTS: u32 = 5;

/// What a person has shown.
#[derive(Debug, Clone)]
pub struct FirstFactor {
    /// Who they are, by that.
    pub user_id: UserId,
    /// What their session is to be held by.
    pub kind: SessionKind,
    /// The way in, for the record: `password`, `magic_link`, `social`, …
    pub method: &'static str,
    /// Authentication methods (RFC 8176).
    pub amr: Vec<String>,
}

/// What comes of showing a first factor. `S` is what the owner of a session holds.
#[derive(Debug)]
pub enum Entered<S = OpenedSession> {
    /// They are in.
    In(S),
    /// A second factor is due.
    SecondFactor(Ticket),
}

/// What opens the second step.
#[derive(Debug, Clone)]
pub struct Ticket {
    /// To be shown with the second factor.
    pub token: Secret<String>,
    /// What the second step can be taken with.
    pub factors: Vec<FactorKind>,
}

/// A second factor that was right.
#[derive(Debug, Clone, Copy)]
pub struct SecondFactor {
    /// Authentication methods (RFC 8176): `otp`, `hwk`, `mfa` is added.
    pub amr: &'static str,
}

/// A person between the two steps.
#[derive(Debug, Clone)]
pub struct Pending {
    /// The ticket.
    pub id: Uuid,
    /// Whose it is.
    pub user_id: UserId,
    pub(crate) sec_epoch: i64,
    pub(crate) kind: SessionKind,
    pub(crate) method: String,
    pub(crate) amr: Vec<String>,
}

/// What stays of an entrance for when its request is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) enum Entry {
    Session(SessionId),
    Ticket { token: String, factors: Vec<FactorKind> },
}

impl From<&Entered> for Entry {
    fn from(entered: &Entered) -> Self {
        match entered {
            Entered::In(opened) => Self::Session(opened.session.id),
            Entered::SecondFactor(ticket) => Self::Ticket {
                token: ticket.token.expose().clone(),
                factors: ticket.factors.clone(),
            },
        }
    }
}

impl<S> Entered<S> {
    /// The same with another thing held.
    pub fn map<T>(self, held: impl FnOnce(S) -> T) -> Entered<T> {
        match self {
            Self::In(session) => Entered::In(held(session)),
            Self::SecondFactor(ticket) => Entered::SecondFactor(ticket),
        }
    }
}
