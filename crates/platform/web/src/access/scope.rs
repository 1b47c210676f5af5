//! Things that belong to an organization or to the platform, where the request says whose it means.

use std::marker::PhantomData;

use axum::extract::FromRequestParts;
use http::request::Parts;
use kernel::{FieldError, OrganizationId, Permission, UserId};

use crate::access::keys::{self, Caller, Key};
use crate::access::{Access, Principal, rules};
use crate::openapi::{AccessRule, Input, Operation, Place};
use crate::parameters;
use crate::problem::ApiError;

const ORGANIZATION: &str = "organization_id";

/// Whose things the request is about: those of the organization that `organization_id` in the query names, for
/// its members and keys with the permission `P` there; without it those of a key's own organization, and else
/// the platform's, for staff with the permission `Q`. Whoever is no member is told the same as when there were
/// no such organization. `R` says how far staff reach.
#[derive(Debug, Clone)]
pub struct Scope<P, Q, R = OwnAffairs> {
    /// Who asks.
    pub caller: Caller,
    /// The organization; none for what is the platform's, or with [`EveryOrganization`] for all of them.
    pub organization: Option<OrganizationId>,
    proven: PhantomData<(P, Q, R)>,
}

/// How far staff with the permission of the platform reach.
pub trait Reach: Send + Sync + 'static {
    /// Whether they may name organizations that they are no members of.
    const IS_EVERYWHERE: bool;
    /// What leaving the organization out means.
    const UNNAMED: &'static str;
}

/// Staff reach what is the platform's. What is an organization's is its own affair.
#[derive(Debug, Clone, Copy)]
pub enum OwnAffairs {}

/// Staff reach what every organization has, and name none where they mean all.
#[derive(Debug, Clone, Copy)]
pub enum EveryOrganization {}

impl Reach for OwnAffairs {
    const IS_EVERYWHERE: bool = false;
    const UNNAMED: &'static str = "The organization; without it a key's own, and else the platform.";
}

impl Reach for EveryOrganization {
    const IS_EVERYWHERE: bool = true;
    const UNNAMED: &'static str =
        "The organization; without it a key's own, and else, for staff, every organization.";
}

impl<P, Q, R> Scope<P, Q, R> {
    /// As [`Caller::user`].
    pub const fn user(&self) -> Option<UserId> {
        self.caller.user()
    }

    /// As [`Caller::key`].
    pub const fn key(&self) -> Option<&Key> {
        self.caller.key()
    }
}

impl<P: Permission, Q: Permission, R: Reach> Scope<P, Q, R> {
    /// `named` is at `pointer`, should there be anything wrong with it.
    pub(crate) async fn authorize(
        parts: &Parts,
        caller: Caller,
        (pointer, named): (&'static str, Option<OrganizationId>),
    ) -> Result<Self, ApiError> {
        let access = Access::of(parts)?;
        let organization = match (&caller, named) {
            (Caller::Key(key), named) => {
                let organization = named.or(key.organization).ok_or_else(|| {
                    let detail = "say which organization is meant";
                    ApiError::invalid(&[FieldError::new(pointer, "required", detail)])
                })?;
                keys::permissions::<P>(&access, key, organization).await?;
                Some(organization)
            }
            (Caller::Person(principal), Some(organization))
                if R::IS_EVERYWHERE && rules::require_operator::<Q>(principal).is_ok() =>
            {
                Some(organization)
            }
            (Caller::Person(principal), Some(organization)) => {
                rules::permissions::<P>(&access, principal, organization).await?;
                Some(organization)
            }
            (Caller::Person(principal), None) => {
                rules::require_operator::<Q>(principal)?;
                None
            }
        };
        Ok(Self {
            caller,
            organization,
            proven: PhantomData,
        })
    }

    pub(crate) fn admit(operation: &mut Operation<'_>) {
        operation.allow(AccessRule::Scope(P::NAME, Q::NAME));
        operation.accept_keys();
    }
}

/// Who asks, a person or a program.
pub(crate) async fn caller<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<Caller, ApiError> {
    if let Some(key) = keys::key(parts).await? {
        return Ok(Caller::Key(key));
    }
    let principal = <Principal as FromRequestParts<S>>::from_request_parts(parts, state).await?;
    Ok(Caller::Person(principal))
}

impl<S: Send + Sync, P: Permission, Q: Permission, R: Reach> FromRequestParts<S> for Scope<P, Q, R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let caller = caller(parts, state).await?;
        let pairs = parameters::of_query(parts)?;
        let named = parameters::find(&pairs, ORGANIZATION)
            .map(|text| {
                text.parse().map_err(|error: kernel::id::IdError| {
                    let code = "invalid_value";
                    ApiError::invalid(&[FieldError::new(ORGANIZATION, code, error.to_string())])
                })
            })
            .transpose()?;
        Self::authorize(parts, caller, (ORGANIZATION, named)).await
    }
}

impl<P: Permission, Q: Permission, R: Reach> Input for Scope<P, Q, R> {
    fn describe(operation: &mut Operation<'_>) {
        Self::admit(operation);
        let schema = operation.input_schema::<OrganizationId>();
        operation.parameter(Place::Query, ORGANIZATION, R::UNNAMED, schema);
    }
}
