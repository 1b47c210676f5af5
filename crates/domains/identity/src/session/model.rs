//! A session and what decides about it.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use kernel::{Actor, RequestContext, Secret, SessionId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::IdentityError;
use crate::user::model::User;

/// How a session's owner shows that it is theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SessionKind {
    /// By an access token, renewed by a refresh token.
    Api,
    /// By a cookie.
    Browser,
}

/// A session as it was written when it began, and how it stands.
#[derive(Debug, Clone)]
pub struct Session {
    /// Its id.
    pub id: SessionId,
    /// Whose it is.
    pub user_id: UserId,
    /// How its owner shows that it is theirs.
    pub kind: SessionKind,
    /// The account's epoch when it began; over when the account has another.
    pub sec_epoch: i64,
    /// What its owner proved, and when.
    pub proof: Proof,
    /// The member of staff who acts as its owner, when it is not the owner's own.
    pub impersonation: Option<Impersonation>,
    /// Where it was last used from.
    pub origin: Origin,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last seen; not every use is written down.
    pub last_seen_at: Timestamp,
    /// When it ends unless it is used.
    pub idle_expires_at: Timestamp,
    /// When it ends.
    pub expires_at: Timestamp,
    /// When it was ended before its time.
    pub revoked_at: Option<Timestamp>,
}

/// What the owner of a session proved, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Authenticator assurance level (NIST SP 800-63B).
    pub aal: u8,
    /// Authentication methods (RFC 8176): `pwd`, `otp`, …
    pub amr: Vec<String>,
    /// When they were shown; what is sensitive wants it to be fresh.
    pub auth_time: Timestamp,
    /// When a second factor was last shown.
    pub mfa_time: Option<Timestamp>,
}

/// What a person shows who is signed in already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shown {
    /// Their password.
    Password,
    /// A code of their authenticator app.
    Totp,
    /// One of their recovery codes.
    RecoveryCode,
    /// A passkey, which was unlocked by its owner.
    Passkey,
}

impl Shown {
    /// For the record.
    pub const fn method(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery_code",
            Self::Passkey => "passkey",
        }
    }

    /// The authentication method (RFC 8176).
    pub const fn amr(self) -> &'static str {
        match self {
            Self::Password => "pwd",
            Self::Totp | Self::RecoveryCode => "otp",
            Self::Passkey => "hwk",
        }
    }
}

impl Proof {
    /// The same, and what was shown now.
    pub fn with(&self, shown: Shown, now: Timestamp) -> Self {
        let is_second = shown != Shown::Password;
        let mut amr = self.amr.clone();
        let methods = [Some(shown.amr()), is_second.then_some("mfa")];
        for method in methods.into_iter().flatten() {
            if !amr.iter().any(|known| known == method) {
                amr.push(method.to_owned());
            }
        }
        Self {
            aal: if is_second { 2 } else { self.aal },
            amr,
            auth_time: now,
            mfa_time: if is_second { Some(now) } else { self.mfa_time },
        }
    }
}

/// A session in which staff act as somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impersonation {
    /// The member of staff.
    pub by: UserId,
    /// Whether nothing may be changed.
    pub is_read_only: bool,
}

/// A session in a list, for those whose it is.
#[derive(Debug, Clone)]
pub struct ListedSession {
    /// The session.
    pub session: Session,
    /// Why staff act as its owner, in their words, when they do.
    pub impersonation_reason: Option<String>,
}

/// Where a session is used from, as far as the caller's word goes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The address.
    pub ip: Option<String>,
    /// The program.
    pub user_agent: Option<String>,
}

/// What a session is begun with.
#[derive(Debug, Clone)]
pub struct NewSession {
    /// Whose it is to be.
    pub user_id: UserId,
    /// How its owner will show that it is theirs.
    pub kind: SessionKind,
    /// The way in, for the record: `password`, `signup`, `magic_link`, …
    pub method: String,
    /// Authentication methods (RFC 8176).
    pub amr: Vec<String>,
    /// Authenticator assurance level.
    pub aal: u8,
}

/// A session that has just begun, with the one secret that its owner needs.
#[derive(Debug)]
pub struct OpenedSession {
    /// The session.
    pub session: Session,
    /// Its owner.
    pub user: User,
    /// What its owner keeps; nobody can read it again.
    pub credential: Credential,
}

/// The secret of a session's owner.
#[derive(Debug, Clone)]
pub enum Credential {
    /// A refresh token, for [`SessionKind::Api`].
    Refresh(Secret<String>),
    /// The cookie's value, for [`SessionKind::Browser`].
    Cookie(Secret<String>),
}

/// What a client of the API works with.
#[derive(Debug, Clone)]
pub struct TokenPair {
    /// For `Authorization: Bearer`.
    pub access_token: Secret<String>,
    /// For how long.
    pub expires_in: Duration,
    /// For the next pair.
    pub refresh_token: Secret<String>,
}

/// What stays of a session's renewal for when its request is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
pub struct Renewal {
    /// The session that goes on.
    pub(crate) session: SessionId,
    /// The cookie of a browser.
    pub(crate) cookie: Option<String>,
    /// When the session ends.
    pub(crate) expires_at: Timestamp,
}

/// What the owner of a renewed session holds from now on.
#[derive(Debug)]
pub enum Renewed {
    /// The next pair of tokens.
    Tokens(Held),
    /// Another cookie.
    Cookie {
        /// Its value.
        value: Secret<String>,
        /// For how long it is kept.
        max_age: Duration,
    },
}

/// What the owner of a session of the API holds.
#[derive(Debug)]
pub struct Held {
    /// The tokens.
    pub tokens: TokenPair,
    /// Whose session it is.
    pub user: User,
}

/// How far a session's refresh tokens have come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RefreshState {
    /// Which turn the valid token has.
    pub(crate) counter: u64,
    /// When that turn began.
    pub(crate) refreshed_at: Timestamp,
}

/// What a refresh token means that is not the valid one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OldToken {
    /// The valid one is answered again: the answer was lost, or two asked at once.
    Grace,
    /// Somebody holds a copy.
    Reused,
    /// One that we did not make yet.
    Unknown,
}

impl Origin {
    /// Where a request comes from.
    pub fn of(context: &RequestContext) -> Self {
        Self {
            ip: context.ip.map(|ip| ip.to_string()),
            user_agent: context.user_agent.clone(),
        }
    }
}

impl RefreshState {
    /// What a token of turn `counter` means.
    pub(crate) fn judge(self, counter: u64, now: Timestamp, grace: Duration) -> OldToken {
        if counter > self.counter {
            OldToken::Unknown
        } else if counter == self.counter
            || (counter + 1 == self.counter && now.since(self.refreshed_at) <= grace)
        {
            // The valid one itself comes here when the guarded statement met another that was faster.
            OldToken::Grace
        } else {
            OldToken::Reused
        }
    }
}

impl Session {
    /// `context` for a request that is known to come from this session by its secret alone.
    pub fn acting(&self, context: &RequestContext) -> RequestContext {
        match self.impersonation {
            None => context.acting_as(Actor::User(self.user_id)),
            Some(impersonation) => context.acting_for(impersonation.by, self.user_id),
        }
    }

    /// Whether the session holds for `user`, its owner as they are now.
    pub fn check(&self, user: &User, now: Timestamp) -> Result<(), IdentityError> {
        if self.revoked_at.is_some() || !user.is_active() || self.sec_epoch != user.sec_epoch {
            return Err(IdentityError::SessionRevoked);
        }
        if now >= self.expires_at || now >= self.idle_expires_at {
            return Err(IdentityError::InvalidToken);
        }
        Ok(())
    }
}

impl SessionKind {
    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Browser => "browser",
        }
    }
}

/// There is no kind of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionKindError;

impl fmt::Display for SessionKindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a kind of session is expected: api or browser")
    }
}

impl FromStr for SessionKind {
    type Err = SessionKindError;

    fn from_str(text: &str) -> Result<Self, SessionKindError> {
        match text {
            "api" => Ok(Self::Api),
            "browser" => Ok(Self::Browser),
            _ => Err(SessionKindError),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_token_before_and_only_for_a_while_is_answered_again() {
        let start: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let grace = Duration::from_secs(30);
        let state = RefreshState {
            counter: 5,
            refreshed_at: start,
        };
        let judge = |counter, seconds| state.judge(counter, start.plus(Duration::from_secs(seconds)), grace);
        assert_eq!(judge(4, 0), OldToken::Grace);
        assert_eq!(judge(4, 30), OldToken::Grace);
        assert_eq!(judge(4, 31), OldToken::Reused);
        assert_eq!(judge(3, 0), OldToken::Reused);
        assert_eq!(judge(6, 0), OldToken::Unknown);
        assert_eq!(judge(u64::MAX, 0), OldToken::Unknown);
    }
}
