//! [`Context`]: what a change is recorded with, out of a request.

use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::header::USER_AGENT;
use http::request::Parts;
use kernel::{Actor, RequestContext};
use serde_json::json;

use crate::access::{Key, Principal};
use crate::idempotency::{self, LONGEST_KEY, takes_key};
use crate::layers::client::{ClientIp, RequestId};
use crate::openapi::{Input, Operation, Place};
use crate::problem::ApiError;

/// As much of the caller's program as is kept.
const LONGEST_USER_AGENT: usize = 256;

/// Who asks, from where, under which request id, and under which idempotency key. It stands behind the
/// parameter that lets the caller in, whose finding it takes over.
#[derive(Debug, Clone)]
pub struct Context(RequestContext);

impl Context {
    /// The context itself.
    pub fn into_inner(self) -> RequestContext {
        self.0
    }
}

impl Deref for Context {
    type Target = RequestContext;

    fn deref(&self) -> &RequestContext {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Context {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let principal = parts.extensions.get::<Principal>();
        let staff = principal.and_then(|principal| principal.impersonation);
        let key = parts.extensions.get::<Key>();
        let actor = match (principal, staff, key) {
            (Some(_), Some(staff), _) => Actor::User(staff.by),
            (Some(principal), None, _) => Actor::User(principal.user),
            (None, _, Some(key)) => Actor::ApiKey(key.id),
            (None, _, None) => Actor::Anonymous,
        };
        let on_behalf_of = match (principal, staff) {
            (Some(principal), Some(_)) => Some(principal.user),
            (Some(_), None) => None,
            (None, _) => key.and_then(|key| key.owner),
        };
        let ip = parts.extensions.get::<ClientIp>().map(|ClientIp(ip)| *ip);
        let request_id = parts
            .extensions
            .get::<RequestId>()
            .map(|RequestId(id)| id.to_string());
        let agent = parts
            .headers
            .get(USER_AGENT)
            .and_then(|agent| agent.to_str().ok());
        Ok(Self(RequestContext {
            actor,
            on_behalf_of,
            ip,
            user_agent: agent.map(|agent| agent.chars().take(LONGEST_USER_AGENT).collect()),
            request_id,
            idempotency: idempotency::of(parts, (actor, on_behalf_of), ip)?,
        }))
    }
}

/// What [`idempotency`] takes: bare, or as a quoted string.
const KEY_PATTERN: &str = r#"^([!#-~][ -~]*|"([ !#-\[\]-~]|\\["\\])+")$"#;

impl Input for Context {
    /// # Panics
    /// When it stands before the parameter that lets the caller in: changes would be recorded as nobody's.
    fn describe(operation: &mut Operation<'_>) {
        assert!(
            operation.has_access(),
            "Context must stand behind Public, Principal, Member, Operator, Account, Tenant or KeyHolder"
        );
        if takes_key(operation.method()) {
            let description = "Makes it safe to ask again: the same key with the same body is answered with \
                               the first answer, for 24 hours.";
            let schema =
                json!({ "type": "string", "minLength": 1, "maxLength": LONGEST_KEY, "pattern": KEY_PATTERN });
            operation.parameter(Place::Header, "Idempotency-Key", description, schema);
            let replayed = json!({ "type": "string", "enum": ["true"] });
            let description = "Present when the answer is that of an earlier request with this key.";
            operation.answer_header("Idempotency-Replayed", description, &replayed);
        }
    }
}
