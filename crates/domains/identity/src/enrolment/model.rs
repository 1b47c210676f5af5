//! Second factors, as their owner manages them.

use kernel::{SessionId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::session::model::{Renewal, Renewed};

/// The person who asks, in their session.
#[derive(Debug, Clone, Copy)]
pub struct Asking {
    /// Who.
    pub user: UserId,
    /// In which session.
    pub session: SessionId,
}

impl Asking {
    /// Whoever is signed in.
    pub const fn of(principal: &web::Principal) -> Self {
        Self {
            user: principal.user,
            session: principal.session,
        }
    }
}

/// What a person has.
#[derive(Debug, Clone, Copy)]
pub struct Overview {
    /// Their authenticator app.
    pub totp: Option<TotpOverview>,
    /// How many passkeys.
    pub passkeys: u32,
    /// How many recovery codes are left.
    pub recovery_codes: u32,
}

/// An authenticator app that counts.
#[derive(Debug, Clone, Copy)]
pub struct TotpOverview {
    /// Since when.
    pub confirmed_at: Timestamp,
    /// When it was last used.
    pub last_used_at: Option<Timestamp>,
}

/// A factor that counts from now on.
#[derive(Debug)]
pub struct Enrolled {
    /// What the owner of the session holds from now on.
    pub renewed: Renewed,
    /// The codes to be written down, when there were none.
    pub recovery_codes: Vec<String>,
}

/// What stays of an enrolment for when its request is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Enrolment {
    pub(crate) renewal: Renewal,
    pub(crate) recovery_codes: Vec<String>,
}

/// What stays of an app's secret for when its request is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct Started {
    pub(crate) secret: String,
    pub(crate) otpauth_uri: String,
}
