//! Looking at tokens, and ending them.

use std::sync::Arc;

use crypto::AccessClaims;
use kernel::{Actor, RequestContext};
use web::Key;

use super::model::{Overseers, Revocation};
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::session::model::SessionKind;
use crate::session::service::{LiveSession, Sessions};
use crate::signing_key::service::SigningKeys;

/// What keys of programs start with.
const KEY_PREFIX: &str = "msk_";

/// Tells other services about tokens. Cheap to clone.
#[derive(Clone)]
pub struct Introspections {
    machinery: Machinery,
    sessions: Sessions,
    signing_keys: SigningKeys,
    overseers: Arc<dyn Overseers>,
}

/// An access token that holds, with the session behind it.
#[derive(Debug, Clone)]
pub struct LiveToken {
    /// What the token says.
    pub claims: AccessClaims,
    /// The session as it is now.
    pub live: LiveSession,
}

impl Introspections {
    /// Over the services that know.
    pub const fn new(
        machinery: Machinery,
        sessions: Sessions,
        signing_keys: SigningKeys,
        overseers: Arc<dyn Overseers>,
    ) -> Self {
        Self {
            machinery,
            sessions,
            signing_keys,
            overseers,
        }
    }

    /// The access token, when it holds at this moment and the key may know that. Nothing but access tokens holds
    /// here: a service that asks about what it was sent must not take a refresh token for one.
    pub async fn inspect(&self, key: &Key, token: &str) -> Result<Option<LiveToken>, IdentityError> {
        let found = match self.find(token).await {
            Ok(found) => found,
            Err(IdentityError::InvalidToken | IdentityError::SessionRevoked) => return Ok(None),
            Err(error) => return Err(error),
        };
        let user = found.live.user.id;
        let is_seen = self.overseers.oversees(key, user).await?;
        Ok(is_seen.then_some(found))
    }

    /// Ends the session behind a refresh token or an access token. A token that does not hold needs no ending.
    pub async fn revoke(&self, context: &RequestContext, token: &str) -> Result<Revocation, IdentityError> {
        if token.starts_with(KEY_PREFIX) {
            return Ok(Revocation::Unsupported);
        }
        let outcome = match self.find(token).await {
            Ok(found) => {
                let user = found.live.user.id;
                let context = context.acting_as(Actor::User(user));
                let session = found.live.session.id;
                self.sessions.end(&context, user, session, "token_revoked").await
            }
            Err(IdentityError::InvalidToken) => self.sessions.sign_out(context, token).await,
            Err(error) => Err(error),
        };
        match outcome {
            Ok(())
            | Err(IdentityError::InvalidToken | IdentityError::SessionRevoked | IdentityError::NotFound) => {
                Ok(Revocation::Done)
            }
            Err(error) => Err(error),
        }
    }

    async fn find(&self, token: &str) -> Result<LiveToken, IdentityError> {
        let now = self.machinery.now();
        let claims = self.signing_keys.verify(token, now).await?;
        let live = self.sessions.live(claims.sid, now).await?;
        if live.session.kind == SessionKind::Api {
            Ok(LiveToken { claims, live })
        } else {
            Err(IdentityError::InvalidToken)
        }
    }
}
