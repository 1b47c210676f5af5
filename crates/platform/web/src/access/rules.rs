//! The parameters that let a caller in or not.

use std::convert::Infallible;
use std::marker::PhantomData;
use std::ops::Deref;

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::{OrganizationId, Permission, PermissionSet, UserId};
use serde_json::json;

use crate::access::{Access, Principal, impersonation};
use crate::openapi::{AccessRule, Input, Operation, Place};
use crate::path;
use crate::problem::{ApiError, FRESH_FOR};

pub(super) const ORGANIZATION: &str = "orgId";
const USER: &str = "userId";

/// Everybody may call this. It has to be said aloud.
#[derive(Debug, Clone, Copy)]
pub struct Public;

/// A member of the organization in the path who has the permission `P` there. Whoever is no member is told
/// the same as when there were no such organization.
#[derive(Debug, Clone)]
pub struct Member<P> {
    /// The member.
    pub principal: Principal,
    /// The organization, `{orgId}` in the path.
    pub organization: OrganizationId,
    /// Everything that the member may do there.
    pub permissions: PermissionSet,
    proven: PhantomData<P>,
}

/// A member of the platform's staff who has the permission `P`.
#[derive(Debug, Clone)]
pub struct Operator<P> {
    /// The member of staff.
    pub principal: Principal,
    proven: PhantomData<P>,
}

/// The owner of the account in the path, or staff who have the permission `P`. Whoever is neither is told the
/// same as when there were no such account.
#[derive(Debug, Clone)]
pub struct Account<P> {
    /// Who asks.
    pub principal: Principal,
    /// The account, `{userId}` in the path; `me` is the caller's own.
    pub user: UserId,
    /// Whether it is the caller's own.
    pub is_self: bool,
    proven: PhantomData<P>,
}

/// `T`, from someone who showed who they are within the last ten minutes. Others are asked to do so again
/// (RFC 9470). Staff who act as somebody can't.
#[derive(Debug, Clone)]
pub struct Fresh<T>(pub T);

/// `T`, by the person themselves: staff who act as them are refused.
#[derive(Debug, Clone)]
pub struct InPerson<T>(pub T);

/// Parameters that know who asks.
pub trait Identified {
    /// Who asks.
    fn principal(&self) -> &Principal;
}

impl Identified for Principal {
    fn principal(&self) -> &Principal {
        self
    }
}

impl<P> Identified for Member<P> {
    fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl<P> Identified for Operator<P> {
    fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl<P> Identified for Account<P> {
    fn principal(&self) -> &Principal {
        &self.principal
    }
}

impl<T> Deref for Fresh<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T: Identified> Identified for InPerson<T> {
    fn principal(&self) -> &Principal {
        self.0.principal()
    }
}

impl<T> Deref for InPerson<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Public {
    type Rejection = Infallible;

    async fn from_request_parts(_: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self)
    }
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Member<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let principal = principal(parts, state).await?;
        let organization = path::id(parts, state, ORGANIZATION).await?;
        let permissions = permissions::<P>(&Access::of(parts)?, &principal, organization).await?;
        Ok(Self {
            principal,
            organization,
            permissions,
            proven: PhantomData,
        })
    }
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Operator<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let principal = principal(parts, state).await?;
        require_operator::<P>(&principal)?;
        Ok(Self {
            principal,
            proven: PhantomData,
        })
    }
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Account<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let principal = principal(parts, state).await?;
        let user = match path::text(parts, state, USER).await?.as_str() {
            "me" => principal.user,
            _ => path::id(parts, state, USER).await?,
        };
        let is_self = user == principal.user;
        if !is_self && !is_permitted::<P>(&principal) {
            return Err(ApiError::not_found());
        }
        Ok(Self {
            principal,
            user,
            is_self,
            proven: PhantomData,
        })
    }
}

impl<S, T> FromRequestParts<S> for Fresh<T>
where
    S: Send + Sync,
    T: FromRequestParts<S, Rejection = ApiError> + Identified,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = T::from_request_parts(parts, state).await?;
        impersonation::require_in_person(caller.principal())?;
        let now = Access::of(parts)?.clock.now();
        if now.since(caller.principal().auth_time) > FRESH_FOR {
            return Err(ApiError::step_up_required());
        }
        Ok(Self(caller))
    }
}

impl<S, T> FromRequestParts<S> for InPerson<T>
where
    S: Send + Sync,
    T: FromRequestParts<S, Rejection = ApiError> + Identified,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = T::from_request_parts(parts, state).await?;
        impersonation::require_in_person(caller.principal())?;
        Ok(Self(caller))
    }
}

async fn principal<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Principal, ApiError> {
    <Principal as FromRequestParts<S>>::from_request_parts(parts, state).await
}

/// Everything that the member may do in the organization, `P` among it.
pub(super) async fn permissions<P: Permission>(
    access: &Access,
    principal: &Principal,
    organization: OrganizationId,
) -> Result<PermissionSet, ApiError> {
    let held = access.authorize.permissions(principal, organization).await?;
    let permissions = held.ok_or_else(ApiError::not_found)?;
    if permissions.contains(P::SET) {
        Ok(permissions)
    } else {
        Err(lacking::<P>())
    }
}

/// Staff with `P` go on, as themselves.
pub(super) fn require_operator<P: Permission>(principal: &Principal) -> Result<(), ApiError> {
    impersonation::require_in_person(principal)?;
    if is_permitted::<P>(principal) {
        Ok(())
    } else {
        Err(lacking::<P>())
    }
}

fn is_permitted<P: Permission>(principal: &Principal) -> bool {
    let role = principal.platform_role;
    role.is_some_and(|role| role.permissions().contains(P::SET))
}

fn lacking<P: Permission>() -> ApiError {
    ApiError::forbidden("forbidden", format!("this needs the permission {}", P::NAME))
}

impl Input for Public {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Public);
    }
}

impl<P: Permission> Input for Member<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Member(P::NAME));
        let schema = operation.input_schema::<OrganizationId>();
        operation.parameter(Place::Path, ORGANIZATION, "The organization.", schema);
    }
}

impl<P: Permission> Input for Operator<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Operator(P::NAME));
    }
}

impl<P: Permission> Input for Account<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Account(P::NAME));
        let schema = json!({
            "type": "string",
            "pattern": "^(me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$",
            "example": "me",
        });
        operation.parameter(Place::Path, USER, "The account; `me` is your own.", schema);
    }
}

impl<T: Input> Input for Fresh<T> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
        operation.require_fresh();
    }
}

impl<T: Input> Input for InPerson<T> {
    fn describe(operation: &mut Operation<'_>) {
        T::describe(operation);
    }
}
