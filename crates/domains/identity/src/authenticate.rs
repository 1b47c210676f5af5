//! From a token to the person behind it, on every request.

use std::time::Duration;

use async_trait::async_trait;
use crypto::hash_secret;
use kernel::{SessionId, Timestamp};
use moka::sync::Cache;
use web::{ApiError, Authenticate, Principal};

use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::session::model::SessionKind;
use crate::session::service::{LiveSession, Sessions};
use crate::signing_key::service::SigningKeys;

/// How many tokens are remembered.
const TOKENS: u64 = 100_000;

/// Tells who a caller is.
///
/// A signature is checked once: that a token is ours, and until when, is remembered by its SHA-256 (owner:
/// this; nothing invalidates it, since it says nothing about the session). Whether the session and its
/// owner's account hold is asked every time.
pub struct Authenticator {
    machinery: Machinery,
    sessions: Sessions,
    signing_keys: SigningKeys,
    tokens: Cache<[u8; 32], Verified>,
}

/// What a token says that is ours.
#[derive(Clone, Copy)]
struct Verified {
    session: SessionId,
    expires_at: Timestamp,
    auth_time: Timestamp,
    aal: u8,
}

impl Authenticator {
    /// Over the services that know.
    pub fn new(machinery: Machinery, sessions: Sessions, signing_keys: SigningKeys) -> Self {
        let lifetime = machinery
            .config
            .lifetimes
            .access_token
            .max(Duration::from_secs(1));
        Self {
            machinery,
            sessions,
            signing_keys,
            tokens: Cache::builder()
                .max_capacity(TOKENS)
                .time_to_live(lifetime)
                .build(),
        }
    }

    /// The live session of an access token.
    pub async fn session_of_token(&self, token: &str) -> Result<LiveSession, IdentityError> {
        let now = self.machinery.now();
        self.live(self.verified(token, now).await?, now).await
    }

    /// A token from before its session was raised is not raised with it: somebody may have a copy.
    async fn live(&self, verified: Verified, now: Timestamp) -> Result<LiveSession, IdentityError> {
        let live = self.sessions.live(verified.session, now).await?;
        let is_raised = live.session.proof.aal > verified.aal;
        if live.session.kind == SessionKind::Api && !is_raised {
            Ok(live)
        } else {
            Err(IdentityError::InvalidToken)
        }
    }

    /// The live session of a browser's cookie.
    pub async fn session_of_cookie(&self, cookie: &str) -> Result<LiveSession, IdentityError> {
        self.sessions.live_by_cookie(cookie, self.machinery.now()).await
    }

    async fn verified(&self, token: &str, now: Timestamp) -> Result<Verified, IdentityError> {
        let hash = hash_secret(token.as_bytes());
        if let Some(verified) = self.tokens.get(&hash) {
            return if now < verified.expires_at {
                Ok(verified)
            } else {
                Err(IdentityError::InvalidToken)
            };
        }
        let claims = self.signing_keys.verify(token, now).await?;
        let verified = Verified {
            session: claims.sid,
            expires_at: claims.exp,
            auth_time: claims.auth_time,
            aal: claims.aal,
        };
        self.tokens.insert(hash, verified);
        Ok(verified)
    }
}

#[async_trait]
impl Authenticate for Authenticator {
    async fn bearer(&self, token: &str) -> Result<Principal, ApiError> {
        let now = self.machinery.now();
        let verified = self.verified(token, now).await?;
        let principal = principal(&self.live(verified, now).await?);
        Ok(Principal {
            auth_time: principal.auth_time.min(verified.auth_time),
            token_expires_at: Some(verified.expires_at),
            ..principal
        })
    }

    async fn cookie(&self, token: &str) -> Result<Principal, ApiError> {
        Ok(principal(&self.session_of_cookie(token).await?))
    }
}

fn principal(live: &LiveSession) -> Principal {
    Principal {
        user: live.user.id,
        session: live.session.id,
        session_kind: match live.session.kind {
            SessionKind::Api => web::SessionKind::Api,
            SessionKind::Browser => web::SessionKind::Browser,
        },
        platform_role: live.user.platform_role,
        auth_time: live.session.proof.auth_time,
        aal: live.session.proof.aal,
        impersonation: live
            .session
            .impersonation
            .map(|impersonation| web::Impersonation {
                by: impersonation.by,
                is_read_only: impersonation.is_read_only,
            }),
        token_expires_at: None,
    }
}
