//! `/entitlements`.

mod bodies;

use axum::extract::State;
use kernel::permission::{CheckEntitlements, ReadOrganizations};
use kernel::{OrganizationId, Permission};
use web::{Api, ApiResult, Doc, EveryOrganization, Json, Question, Routes, Scope, ShortLived};

use self::bodies::{
    CheckEntitlement, CheckEntitlements as CheckMany, EntitlementCheckBody, EntitlementsBody,
};
use super::service::Entitlements;
use crate::error::EntitlementError;

/// The routes of what may be used.
pub(crate) fn routes(entitlements: Entitlements) -> Api {
    Routes::new("entitlements")
        .about(
            "What organizations may use: their plans, what staff decided for them, features that are rolled out, what \
             they have used and what credits they have left, in one answer. Ask before something is done, tell what \
             was used afterwards (`/usage`), or reserve it (`/usage/reservations`) where a limit must hold to the \
             last unit.",
        )
        .get(
            "/entitlements",
            list_entitlements,
            Doc::new(
                "List what an organization may use",
                "Every feature that its plan grants, that staff decided about or that is rolled out, by name, each as \
                 `POST /entitlements/check` tells it. It may be kept for some seconds.",
            ),
        )
        .post(
            "/entitlements/check",
            check_entitlement,
            Doc::new(
                "Check a feature",
                "Whether so much more of it may be used now, and why. Nothing is counted. Staff may ask about every \
                 organization.",
            ),
        )
        .post(
            "/entitlements/checks",
            check_entitlements,
            Doc::new(
                "Check several features",
                "Up to 50 at once, for what one costs. They are answered in the order in which they were named.",
            ),
        )
        .with_state(entitlements)
}

/// Who asks about an organization.
type Asking = Scope<CheckEntitlements, ReadOrganizations, EveryOrganization>;
/// The same with a body.
type Asked<T> = Question<CheckEntitlements, ReadOrganizations, T, EveryOrganization>;

async fn list_entitlements(
    State(entitlements): State<Entitlements>,
    scope: Asking,
) -> ApiResult<ShortLived<EntitlementsBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    let checked = entitlements.list(organization).await?;
    let url = entitlements.upgrade_url();
    Ok(ShortLived(EntitlementsBody::of(organization, checked, url)))
}

async fn check_entitlement(
    State(entitlements): State<Entitlements>,
    Question { scope, body }: Asked<CheckEntitlement>,
) -> ApiResult<Json<EntitlementCheckBody>> {
    let organization = organization_of(&entitlements, &scope, "/organization_id").await?;
    let checked = entitlements
        .check(organization, vec![body.feature], body.amount)
        .await?;
    let answer = EntitlementCheckBody::of(organization, checked, entitlements.upgrade_url());
    Ok(Json(answer.ok_or_else(web::ApiError::internal)?))
}

async fn check_entitlements(
    State(entitlements): State<Entitlements>,
    Question { scope, body }: Asked<CheckMany>,
) -> ApiResult<Json<EntitlementsBody>> {
    let organization = organization_of(&entitlements, &scope, "/organization_id").await?;
    let checked = entitlements.check(organization, body.into_features(), 1).await?;
    let url = entitlements.upgrade_url();
    Ok(Json(EntitlementsBody::of(organization, checked, url)))
}

/// The one organization that is meant. A key has to do with those alone that there are; among people may be staff,
/// who are let in wherever they say.
pub(crate) async fn organization_of<P: Permission, Q: Permission>(
    entitlements: &Entitlements,
    scope: &Scope<P, Q, EveryOrganization>,
    pointer: &'static str,
) -> Result<OrganizationId, EntitlementError> {
    let organization = scope
        .organization
        .ok_or_else(|| EntitlementError::field(pointer, "required", "say which organization is meant"))?;
    if scope.key().is_none() {
        entitlements.require_organization(organization).await?;
    }
    Ok(organization)
}
