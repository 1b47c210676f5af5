//! `/entitlements/overrides`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadOrganizations, WriteEntitlements};
use kernel::{EntitlementOverrideId, FeatureKey, FeaturePeriod, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Json, NoContent, Operator, PageBody, Paging, Path, Query, Routes};

use super::model::{Override, OverrideContent};
use super::service::Overrides;

/// The routes of overrides.
pub(crate) fn routes(overrides: Overrides) -> Api {
    const ONE: &str = "/entitlements/overrides/{orgId}/{feature}";
    Routes::new("entitlements")
        .get(
            "/entitlements/overrides",
            list_entitlement_overrides,
            Doc::new(
                "List the overrides of an organization",
                "By feature, those that are over too.",
            ),
        )
        .put(
            ONE,
            put_entitlement_override,
            Doc::new(
                "Override a feature for an organization",
                "Grants it, up to a limit or without one, or denies it, whatever the plan, a flag or a missing payment \
                 say, until the override is over or deleted. It replaces the one before.",
            ),
        )
        .delete(
            ONE,
            delete_entitlement_override,
            Doc::new("Delete an override", "The plan decides again."),
        )
        .with_state(overrides)
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct OverridesQuery {
    /// The organization.
    #[garde(skip)]
    organization_id: OrganizationId,
}

/// An organization, and a feature.
#[derive(Debug, Deserialize, JsonSchema)]
struct OverridePath {
    /// The organization.
    #[serde(rename = "orgId")]
    organization: OrganizationId,
    /// The feature.
    feature: FeatureKey,
}

/// What an organization may use of a feature, whatever its plan says.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PutEntitlementOverride {
    /// Whether it may be used.
    #[garde(skip)]
    is_enabled: bool,
    /// How much of it in a period; as much as one likes when absent.
    #[garde(range(min = 0))]
    #[schemars(extend("example" = 5000))]
    limit: Option<i64>,
    /// In which periods it is counted; those of the plan when absent.
    #[garde(skip)]
    period: Option<FeaturePeriod>,
    /// Until when; for as long as nobody says otherwise when absent.
    #[garde(skip)]
    expires_at: Option<Timestamp>,
    /// Why, for those who read it.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "Agreed with sales"))]
    reason: String,
}

/// What an organization may use of a feature, whatever its plan says.
#[derive(Debug, Serialize, JsonSchema)]
struct EntitlementOverrideBody {
    /// Its id.
    id: EntitlementOverrideId,
    /// Whose it is.
    organization_id: OrganizationId,
    /// Of what.
    feature: FeatureKey,
    /// Whether it may be used.
    is_enabled: bool,
    /// How much of it in a period; null for as much as one likes.
    #[schemars(extend("example" = 5000))]
    limit: Option<i64>,
    /// In which periods it is counted; null for those of the plan.
    period: Option<FeaturePeriod>,
    /// Until when; null for as long as nobody says otherwise.
    expires_at: Option<Timestamp>,
    /// Why.
    #[schemars(extend("example" = "Agreed with sales"))]
    reason: String,
    /// Who decided.
    created_by: Option<UserId>,
    /// Since when there is one.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl From<Override> for EntitlementOverrideBody {
    fn from(kept: Override) -> Self {
        Self {
            id: kept.id,
            organization_id: kept.organization,
            feature: kept.feature,
            is_enabled: kept.content.is_enabled,
            limit: kept.content.limit,
            period: kept.content.period,
            expires_at: kept.content.expires_at,
            reason: kept.content.reason,
            created_by: kept.created_by,
            created_at: kept.created_at,
            updated_at: kept.updated_at,
        }
    }
}

async fn list_entitlement_overrides(
    State(overrides): State<Overrides>,
    _: Operator<ReadOrganizations>,
    Query(query): Query<OverridesQuery>,
    paging: Paging,
) -> ApiResult<PageBody<EntitlementOverrideBody>> {
    let page = overrides.list(query.organization_id, paging.request().clone());
    Ok(paging.page(page.await?.map(EntitlementOverrideBody::from)))
}

async fn put_entitlement_override(
    State(overrides): State<Overrides>,
    _: Operator<WriteEntitlements>,
    Path(path): Path<OverridePath>,
    context: Context,
    Json(body): Json<PutEntitlementOverride>,
) -> ApiResult<Json<EntitlementOverrideBody>> {
    let wish = OverrideContent {
        is_enabled: body.is_enabled,
        limit: body.limit,
        period: body.period,
        expires_at: body.expires_at,
        reason: body.reason,
    };
    let kept = overrides.put(&context, path.organization, path.feature, wish);
    Ok(Json(kept.await?.into()))
}

async fn delete_entitlement_override(
    State(overrides): State<Overrides>,
    _: Operator<WriteEntitlements>,
    Path(path): Path<OverridePath>,
    context: Context,
) -> ApiResult<NoContent> {
    overrides
        .delete(&context, path.organization, path.feature)
        .await?;
    Ok(NoContent)
}
