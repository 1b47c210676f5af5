//! [`Scoped`] and [`Question`]: a JSON body that says whose things it is about.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use garde::Validate;
use http::request::Parts;
use kernel::{OrganizationId, Permission};
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::{self, Caller, OwnAffairs, Reach, Scope};
use crate::context::Context;
use crate::json::{self, Json};
use crate::openapi::{Input, Operation};
use crate::problem::ApiError;

/// Where a body names an organization.
const POINTER: &str = "/organization_id";

/// A JSON body that says by its `organization_id` whose things it is about, from somebody whom [`Scope`] lets in
/// there.
#[derive(Debug, Clone)]
pub struct Scoped<P, Q, T, R = OwnAffairs> {
    /// Who asks, and for whom.
    pub scope: Scope<P, Q, R>,
    /// What a change is recorded with: no parameter before this one knows who asks.
    pub context: Context,
    /// The body.
    pub body: T,
}

/// As [`Scoped`], for what changes nothing: there is nothing to record, and no key makes it happen once.
#[derive(Debug, Clone)]
pub struct Question<P, Q, T, R = OwnAffairs> {
    /// Who asks, and for whom.
    pub scope: Scope<P, Q, R>,
    /// The body.
    pub body: T,
}

/// What of a body is read before anything is said about the rest of it.
#[derive(Deserialize)]
struct Named {
    organization_id: Option<OrganizationId>,
}

/// The body, once its sender is let in there.
async fn read<P, Q, T, R>(parts: Parts, body: Body, caller: Caller) -> Result<(Scope<P, Q, R>, T), ApiError>
where
    P: Permission,
    Q: Permission,
    R: Reach,
    T: DeserializeOwned + Validate<Context = ()>,
{
    let (parts, bytes) = json::read(Request::from_parts(parts, body)).await?;
    let Ok(Named { organization_id }) = serde_json::from_slice(&bytes) else {
        // What can't be read as this can't be read as `T`, whose own fault is the one to tell.
        json::parse::<T>(&bytes)?;
        return Err(ApiError::internal());
    };
    let scope = Scope::authorize(&parts, caller, (POINTER, organization_id)).await?;
    Ok((scope, json::parse(&bytes)?))
}

impl<S, P, Q, T, R> FromRequest<S> for Scoped<P, Q, T, R>
where
    S: Send + Sync,
    P: Permission,
    Q: Permission,
    R: Reach,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = access::caller(&mut parts, state).await?;
        let context = Context::from_request_parts(&mut parts, state).await?;
        let (scope, body) = read(parts, body, caller).await?;
        Ok(Self { scope, context, body })
    }
}

impl<P: Permission, Q: Permission, T: JsonSchema, R: Reach> Input for Scoped<P, Q, T, R> {
    fn describe(operation: &mut Operation<'_>) {
        Scope::<P, Q, R>::admit(operation);
        <Context as Input>::describe(operation);
        Json::<T>::describe(operation);
    }
}

impl<S, P, Q, T, R> FromRequest<S> for Question<P, Q, T, R>
where
    S: Send + Sync,
    P: Permission,
    Q: Permission,
    R: Reach,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let (mut parts, body) = request.into_parts();
        let caller = access::caller(&mut parts, state).await?;
        let (scope, body) = read(parts, body, caller).await?;
        Ok(Self { scope, body })
    }
}

impl<P: Permission, Q: Permission, T: JsonSchema, R: Reach> Input for Question<P, Q, T, R> {
    fn describe(operation: &mut Operation<'_>) {
        Scope::<P, Q, R>::admit(operation);
        Json::<T>::describe(operation);
    }
}
