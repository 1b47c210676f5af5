//! `/entitlements/flags`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ReadOrganizations, WriteEntitlements};
use kernel::{FeatureKey, OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{Api, ApiResult, Context, Doc, Json, NoContent, Operator, PageBody, Paging, Path, Routes};

use super::model::{Flag, FlagContent};
use super::service::Flags;

/// The routes of flags.
pub(crate) fn routes(flags: Flags) -> Api {
    const ONE: &str = "/entitlements/flags/{feature}";
    Routes::new("entitlements")
        .get(
            "/entitlements/flags",
            list_feature_flags,
            Doc::new("List feature flags", "By feature, with the organizations that are listed."),
        )
        .put(
            ONE,
            put_feature_flag,
            Doc::new(
                "Roll a feature out",
                "To so many in a hundred organizations, and to those that are listed. Who has it keeps it while the \
                 number grows. What a plan sells still needs the plan; a feature that no plan names is granted by its \
                 flag alone. It replaces the flag before.",
            ),
        )
        .delete(
            ONE,
            delete_feature_flag,
            Doc::new(
                "Delete a feature flag",
                "The feature is there for everybody whose plan has it.",
            ),
        )
        .with_state(flags)
}

/// A feature.
#[derive(Debug, Deserialize, JsonSchema)]
struct FlagPath {
    /// The feature.
    feature: FeatureKey,
}

/// For whom a feature is there.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct PutFeatureFlag {
    /// Whether it is there for anybody.
    #[garde(skip)]
    is_enabled: bool,
    /// For how many in a hundred organizations; for all when absent.
    #[serde(default = "all")]
    #[garde(range(min = 0, max = 100))]
    #[schemars(extend("example" = 20))]
    rollout_percent: i64,
    /// For these in any case, up to 1,000.
    #[serde(default)]
    #[garde(length(max = 1000))]
    organization_ids: Vec<OrganizationId>,
    /// What it is for.
    #[serde(default)]
    #[garde(length(chars, max = 500))]
    #[schemars(extend("example" = "The new search"))]
    description: String,
}

const fn all() -> i64 {
    100
}

/// For whom a feature is there.
#[derive(Debug, Serialize, JsonSchema)]
struct FeatureFlagBody {
    /// The feature.
    feature: FeatureKey,
    /// Whether it is there for anybody.
    is_enabled: bool,
    /// For how many in a hundred organizations.
    #[schemars(extend("example" = 20))]
    rollout_percent: i64,
    /// For these in any case.
    organization_ids: Vec<OrganizationId>,
    /// What it is for.
    #[schemars(extend("example" = "The new search"))]
    description: String,
    /// Since when there is a flag.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

impl From<Flag> for FeatureFlagBody {
    fn from(flag: Flag) -> Self {
        Self {
            feature: flag.feature,
            is_enabled: flag.content.is_enabled,
            rollout_percent: flag.content.rollout_percent,
            organization_ids: flag.content.organizations,
            description: flag.content.description,
            created_at: flag.created_at,
            updated_at: flag.updated_at,
        }
    }
}

async fn list_feature_flags(
    State(flags): State<Flags>,
    _: Operator<ReadOrganizations>,
    paging: Paging,
) -> ApiResult<PageBody<FeatureFlagBody>> {
    let page = flags.list(paging.request().clone()).await?;
    Ok(paging.page(page.map(FeatureFlagBody::from)))
}

async fn put_feature_flag(
    State(flags): State<Flags>,
    _: Operator<WriteEntitlements>,
    Path(path): Path<FlagPath>,
    context: Context,
    Json(body): Json<PutFeatureFlag>,
) -> ApiResult<Json<FeatureFlagBody>> {
    let wish = FlagContent {
        is_enabled: body.is_enabled,
        rollout_percent: body.rollout_percent,
        organizations: body.organization_ids,
        description: body.description,
    };
    Ok(Json(flags.put(&context, path.feature, wish).await?.into()))
}

async fn delete_feature_flag(
    State(flags): State<Flags>,
    _: Operator<WriteEntitlements>,
    Path(path): Path<FlagPath>,
    context: Context,
) -> ApiResult<NoContent> {
    flags.delete(&context, path.feature).await?;
    Ok(NoContent)
}
