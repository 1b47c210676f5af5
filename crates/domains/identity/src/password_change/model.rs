//! What a person hands in who changes their password.

use kernel::{Secret, SessionId, Timestamp, UserId};

use crate::session::model::SessionKind;

/// The person who asks, in their session.
#[derive(Debug, Clone, Copy)]
pub struct Changing {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
    /// What that is held by.
    pub kind: SessionKind,
}

/// The old password and the new.
#[derive(Debug, Clone)]
pub struct NewPassword {
    /// The one that holds.
    pub current: Secret<String>,
    /// The one that is to hold.
    pub new: Secret<String>,
}

/// What the person holds from now on.
#[derive(Debug)]
pub enum Changed {
    /// Their tokens, as before.
    Same,
    /// Another cookie, until then.
    Cookie(Secret<String>, Timestamp),
}
