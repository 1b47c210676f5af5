//! Programs with keys. They are let in where an operation says so, and nowhere else.

use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use kernel::{ApiKeyId, OrganizationId, Permission, PermissionSet, UserId};

use crate::access::rules::{self, Member};
use crate::access::{Access, Principal};
use crate::credentials::{self, Credentials};
use crate::layers::ClientIp;
use crate::layers::edge_limit::{LimitSlot, RateLimit};
use crate::openapi::{AccessRule, Input, Operation, Place};
use crate::path;
use crate::problem::ApiError;

/// A key that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    /// The key.
    pub id: ApiKeyId,
    /// The person whose it is; none for a key of an organization.
    pub owner: Option<UserId>,
    /// The organization whose it is, or to which its owner has narrowed it.
    pub organization: Option<OrganizationId>,
    /// What it is for. It may never do more, but often less: see [`Keys::permissions`].
    pub scopes: PermissionSet,
}

/// Tells which keys hold, and what they may do at this moment.
#[async_trait]
pub trait Keys: Send + Sync {
    /// Whether the token looks like a key, so that it is none of a person's.
    fn is_key(&self, token: &str) -> bool;

    /// The key of a token that is used from `ip`.
    async fn authenticate(&self, token: &str, ip: Option<IpAddr>) -> Result<Key, ApiError>;

    /// What the key may do in an organization; `None` when it has no business there.
    async fn permissions(
        &self,
        key: &Key,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError>;

    /// What the key may do where the path names no organization.
    async fn own_permissions(&self, key: &Key) -> Result<PermissionSet, ApiError>;
}

/// Who tells about keys, and how often each may ask.
#[derive(Clone)]
pub(super) struct KeyAccess {
    keys: Arc<dyn Keys>,
    limit: Arc<RateLimit<ApiKeyId>>,
}

/// Who asks for an organization's own: a person, or a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Caller {
    /// A member.
    Person(Principal),
    /// A key of the organization, or of a member.
    Key(Key),
}

/// A member of the organization in the path, or a key, with the permission `P` there. To everybody else it is
/// as [`Member`] is.
#[derive(Debug, Clone)]
pub struct Tenant<P> {
    /// Who asks.
    pub caller: Caller,
    /// The organization, `{orgId}` in the path.
    pub organization: OrganizationId,
    /// Everything that the caller may do there.
    pub permissions: PermissionSet,
    proven: PhantomData<P>,
}

/// A key with the permission `P`, and no person.
#[derive(Debug, Clone)]
pub struct KeyHolder<P> {
    /// The key.
    pub key: Key,
    proven: PhantomData<P>,
}

impl Caller {
    /// The person who asks, or whose key it is; none for a key of the organization.
    pub const fn user(&self) -> Option<UserId> {
        match self {
            Self::Person(principal) => Some(principal.user),
            Self::Key(key) => key.owner,
        }
    }

    /// The key that it was asked with.
    pub const fn key(&self) -> Option<&Key> {
        match self {
            Self::Person(_) => None,
            Self::Key(key) => Some(key),
        }
    }
}

/// For what is public and still another thing to those who are known. Credentials that don't hold are refused.
impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, ApiError> {
        match key(parts).await? {
            Some(key) => Ok(Some(Self::Key(key))),
            None => Ok(super::authenticate(parts).await?.map(Self::Person)),
        }
    }
}

impl Input for Option<Caller> {
    fn describe(operation: &mut Operation<'_>) {
        operation.accept_credentials();
        operation.accept_keys();
    }
}

impl<P> Tenant<P> {
    /// As [`Caller::user`].
    pub const fn user(&self) -> Option<UserId> {
        self.caller.user()
    }
}

impl KeyAccess {
    pub(super) fn new(keys: Arc<dyn Keys>, per_minute: NonZeroU32) -> Self {
        Self {
            keys,
            limit: Arc::new(RateLimit::new("api_key", per_minute)),
        }
    }
}

/// The key that the request was made with, if it was made with one.
pub(super) async fn key(parts: &mut Parts) -> Result<Option<Key>, ApiError> {
    if let Some(known) = parts.extensions.get::<Key>() {
        return Ok(Some(known.clone()));
    }
    let Some(access) = Access::of(parts)?.keys else {
        return Ok(None);
    };
    let token = match credentials::of(parts)? {
        Some(Credentials::Bearer(token)) if access.keys.is_key(token) => token,
        _ => return Ok(None),
    };
    let ip = parts.extensions.get::<ClientIp>().map(|ClientIp(ip)| *ip);
    let key = access.keys.authenticate(token, ip).await?;
    count(&access.limit, parts, key.id)?;
    parts.extensions.insert(key.clone());
    Ok(Some(key))
}

/// Counts the request; what is left is told in the answer.
fn count(limit: &RateLimit<ApiKeyId>, parts: &Parts, key: ApiKeyId) -> Result<(), ApiError> {
    let slot = parts.extensions.get::<LimitSlot>();
    let tell = |standing| slot.into_iter().for_each(|slot| slot.fill(&standing));
    match limit.hit(&key) {
        Ok(standing) => {
            tell(standing);
            Ok(())
        }
        Err(exceeded) => {
            tell(exceeded.standing);
            let detail = "too many requests with this key; wait as long as Retry-After says";
            Err(ApiError::too_many_requests("rate_limited", detail, exceeded.wait))
        }
    }
}

/// What a key is told where only people are let in.
pub(super) fn not_accepted() -> ApiError {
    let detail = "API keys are not accepted here; sign in as a person";
    ApiError::forbidden("api_key_not_accepted", detail)
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for Tenant<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Some(key) = key(parts).await? else {
            let member = Member::<P>::from_request_parts(parts, state).await?;
            return Ok(Self {
                caller: Caller::Person(member.principal),
                organization: member.organization,
                permissions: member.permissions,
                proven: PhantomData,
            });
        };
        let organization = path::id(parts, state, rules::ORGANIZATION).await?;
        let permissions = permissions::<P>(&Access::of(parts)?, &key, organization).await?;
        Ok(Self {
            caller: Caller::Key(key),
            organization,
            permissions,
            proven: PhantomData,
        })
    }
}

impl<S: Send + Sync, P: Permission> FromRequestParts<S> for KeyHolder<P> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Some(key) = key(parts).await? else {
            <Principal as FromRequestParts<S>>::from_request_parts(parts, state).await?;
            let detail = "this is for programs; send an API key: Authorization: Bearer <key>";
            return Err(ApiError::forbidden("api_key_required", detail));
        };
        let access = Access::of(parts)?.keys.ok_or_else(ApiError::internal)?;
        if !access.keys.own_permissions(&key).await?.contains(P::SET) {
            return Err(lacking::<P>());
        }
        Ok(Self {
            key,
            proven: PhantomData,
        })
    }
}

/// Everything that the key may do in the organization, `P` among it.
pub(super) async fn permissions<P: Permission>(
    access: &Access,
    key: &Key,
    organization: OrganizationId,
) -> Result<PermissionSet, ApiError> {
    let keys = access.keys.as_ref().ok_or_else(ApiError::internal)?;
    let held = keys.keys.permissions(key, organization).await?;
    let permissions = held.ok_or_else(ApiError::not_found)?;
    if permissions.contains(P::SET) {
        Ok(permissions)
    } else {
        Err(lacking::<P>())
    }
}

fn lacking<P: Permission>() -> ApiError {
    let detail = format!("this needs a key that has, and may use, the scope {}", P::NAME);
    ApiError::forbidden("scope_missing", detail)
}

impl<P: Permission> Input for Tenant<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Member(P::NAME));
        operation.accept_keys();
        let schema = operation.input_schema::<OrganizationId>();
        operation.parameter(Place::Path, rules::ORGANIZATION, "The organization.", schema);
    }
}

impl<P: Permission> Input for KeyHolder<P> {
    fn describe(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Key(P::NAME));
    }
}
