//! Who may call what. A handler says it by the type of its parameter, and can't get at an organization or an
//! account in another way.
//!
//! | parameter | lets in |
//! |---|---|
//! | [`Public`] | everybody |
//! | [`Principal`] | whoever is signed in |
//! | [`Member<P>`] | members of `{orgId}` who have `P` there |
//! | [`Operator<P>`] | staff of the platform who have `P` |
//! | [`Account<P>`] | the owner of `{userId}` (or `me`), and staff who have `P` |
//! | [`Fresh<T>`] | those of `T` who signed in within the last ten minutes |
//! | [`InPerson<T>`] | those of `T` whom no member of the staff acts as |
//! | [`Tenant<P>`] | members of `{orgId}`, and keys, that have `P` there |
//! | [`Scope<P, Q>`], [`crate::Scoped<P, Q, T>`], [`crate::Question<P, Q, T>`] | members of the organization that query or body names, and keys, that have `P` there; where none is named, staff who have `Q` |
//! | the same with [`EveryOrganization`] | as well staff who have `Q`, whichever organization is named |
//! | [`KeyHolder<P>`] | keys that have `P`, and no person |
//!
//! Those that name no keys refuse them: a program gets nowhere by accident.

mod impersonation;
mod keys;
mod rules;
mod scope;

use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use kernel::{Clock, OrganizationId, PermissionSet, PlatformRole, SessionId, Timestamp, UserId};

pub use keys::{Caller, Key, KeyHolder, Keys, Tenant};
pub use rules::{Account, Fresh, Identified, InPerson, Member, Operator, Public};
pub(crate) use scope::caller;
pub use scope::{EveryOrganization, OwnAffairs, Reach, Scope};

use crate::access::keys::KeyAccess;
use crate::credentials::{self, Credentials};
use crate::openapi::{AccessRule, Input, Operation};
use crate::problem::ApiError;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The person.
    pub user: UserId,
    /// The session that they act in.
    pub session: SessionId,
    /// What kind of session it is.
    pub session_kind: SessionKind,
    /// Their standing among the platform's staff.
    pub platform_role: Option<PlatformRole>,
    /// When they last showed who they are.
    pub auth_time: Timestamp,
    /// How surely they did (NIST SP 800-63B): 1 or 2.
    pub aal: u8,
    /// The member of staff who acts as the person, when somebody does.
    pub impersonation: Option<Impersonation>,
    /// When the access token that was shown expires; `None` for a cookie, which holds as long as its session.
    pub token_expires_at: Option<Timestamp>,
}

/// Staff who act as somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Impersonation {
    /// The member of staff.
    pub by: UserId,
    /// Whether nothing may be changed.
    pub is_read_only: bool,
}

/// What a session is held by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SessionKind {
    /// A browser, with a cookie.
    Browser,
    /// A program, with tokens.
    Api,
}

/// Tells who a caller is.
#[async_trait]
pub trait Authenticate: Send + Sync {
    /// The holder of an access token.
    async fn bearer(&self, token: &str) -> Result<Principal, ApiError>;

    /// The holder of a browser session's cookie.
    async fn cookie(&self, token: &str) -> Result<Principal, ApiError>;
}

/// Tells what a member may do.
#[async_trait]
pub trait Authorize: Send + Sync {
    /// The permissions of a member in an organization; `None` for who is no member, and for an organization
    /// that does not exist.
    async fn permissions(
        &self,
        principal: &Principal,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError>;
}

/// What the parameters above ask; the server puts it into every request.
#[derive(Clone)]
pub struct Access {
    authenticate: Arc<dyn Authenticate>,
    authorize: Arc<dyn Authorize>,
    clock: Arc<dyn Clock>,
    keys: Option<KeyAccess>,
}

impl Access {
    /// Access as these two tell.
    pub fn new(
        authenticate: Arc<dyn Authenticate>,
        authorize: Arc<dyn Authorize>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            authenticate,
            authorize,
            clock,
            keys: None,
        }
    }

    /// The same with keys, each of which may ask so often.
    #[must_use]
    pub fn with_keys(mut self, keys: Arc<dyn Keys>, requests_per_minute: NonZeroU32) -> Self {
        self.keys = Some(KeyAccess::new(keys, requests_per_minute));
        self
    }

    fn of(parts: &Parts) -> Result<Self, ApiError> {
        parts.extensions.get::<Self>().cloned().ok_or_else(|| {
            tracing::error!("nobody put Access into the request");
            ApiError::internal()
        })
    }
}

/// Once a request is enough: later parameters find the principal where the first has put it.
async fn authenticate(parts: &mut Parts) -> Result<Option<Principal>, ApiError> {
    if let Some(known) = parts.extensions.get::<Principal>() {
        return Ok(Some(known.clone()));
    }
    if keys::key(parts).await?.is_some() {
        return Err(keys::not_accepted());
    }
    let access = Access::of(parts)?;
    let mut principal = match credentials::of(parts)? {
        None => return Ok(None),
        Some(Credentials::Bearer(token)) => access.authenticate.bearer(token).await?,
        Some(Credentials::Cookie(token)) => access.authenticate.cookie(&token).await?,
    };
    impersonation::restrain(parts, &mut principal)?;
    parts.extensions.insert(principal.clone());
    Ok(Some(principal))
}

impl<S: Send + Sync> FromRequestParts<S> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let principal = authenticate(parts).await?;
        principal.ok_or_else(|| {
            let detail = "sign in and send the header: Authorization: Bearer <access token>";
            ApiError::unauthenticated("unauthenticated", detail)
        })
    }
}

/// For what is public and still another thing to those who are signed in. Credentials that don't hold are
/// refused: their owner believes to be somebody.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Principal {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        authenticate(parts).await
    }
}

impl Input for Principal {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Authenticated);
    }
}

impl Input for Option<Principal> {
    fn describe(operation: &mut Operation<'_>) {
        operation.accept_credentials();
    }
}
