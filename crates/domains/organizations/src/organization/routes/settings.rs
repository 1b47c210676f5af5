//! `/organizations/{orgId}/settings` and `/organizations/{orgId}/seat-limit`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{ConfigureSignOn, ReadOrganization, UpdateOrganization, WriteOrganizations};
use kernel::{Locale, OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::routes::{Doc, Routes};
use web::{ApiResult, Context, Fresh, IfMatch, Json, Member, Operator, Path, Tagged};

use super::super::model::{CurrentSettings, Settings};
use super::super::service::Organizations;

pub(super) fn add_to(routes: Routes<Organizations>) -> Routes<Organizations> {
    const SETTINGS: &str = "/organizations/{orgId}/settings";
    routes
        .get(
            SETTINGS,
            get_organization_settings,
            Doc::new(
                "Get an organization's settings",
                "How the organization wants things to be, and how many members it can have.",
            ),
        )
        .put(
            SETTINGS,
            update_organization_settings,
            Doc::new("Update an organization's settings", "Replaces the settings."),
        )
        .put(
            "/organizations/{orgId}/mfa-policy",
            update_organization_mfa_policy,
            Doc::new(
                "Ask members for a second factor",
                "From the time that you say, whoever signed in without a second factor gets nowhere in the \
                 organization, in sessions of before too, until they sign in with one. You have to have signed in \
                 with one yourself. Null lets everybody in again at once.",
            ),
        )
        .put(
            "/organizations/{orgId}/seat-limit",
            update_organization_seat_limit,
            Doc::new(
                "Set how many members an organization can have",
                "For staff. Members who are in stay, even when they are more than that.",
            ),
        )
}

/// How an organization wants things to be.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct OrganizationSettingsBody {
    /// The language of mails to people who have not chosen one.
    locale: Locale,
    /// Only addresses of these domains are invited; empty for all.
    #[schemars(extend("example" = ["example.com"]))]
    allowed_email_domains: Vec<String>,
    /// How many members there can be; null for no limit. The platform sets it.
    #[schemars(extend("example" = 25))]
    seat_limit: Option<u32>,
    /// From when on members get in with a second factor only; null when that is not asked for.
    mfa_required_from: Option<Timestamp>,
    /// When the organization was last changed.
    updated_at: Timestamp,
}

impl From<CurrentSettings> for OrganizationSettingsBody {
    fn from(current: CurrentSettings) -> Self {
        let domains = current.settings.allowed_email_domains.iter();
        Self {
            allowed_email_domains: domains.map(|domain| domain.as_str().to_owned()).collect(),
            locale: current.settings.locale,
            seat_limit: current.seat_limit,
            mfa_required_from: current.mfa_required_from,
            updated_at: current.updated_at,
        }
    }
}

/// How an organization wants things to be from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateOrganizationSettings {
    /// The language of mails to people who have not chosen one.
    #[garde(skip)]
    locale: Locale,
    /// Only addresses of these domains are invited; empty for all.
    #[garde(length(max = 50))]
    #[schemars(extend("example" = ["example.com"]))]
    allowed_email_domains: Vec<String>,
}

/// What members have to sign in with.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateMfaPolicy {
    /// From when on they need a second factor; null for never.
    #[serde(deserialize_with = "Option::deserialize")]
    #[garde(skip)]
    mfa_required_from: Option<Timestamp>,
}

/// How many members there can be.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct UpdateSeatLimit {
    /// So many; null for no limit.
    #[garde(inner(range(min = 1, max = 1_000_000)))]
    #[schemars(extend("example" = 25))]
    seat_limit: Option<u32>,
}

/// Which organization.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct OrganizationPath {
    /// The organization.
    #[serde(rename = "orgId")]
    organization: OrganizationId,
}

async fn get_organization_settings(
    State(organizations): State<Organizations>,
    member: Member<ReadOrganization>,
) -> ApiResult<Tagged<OrganizationSettingsBody>> {
    let current = organizations.settings(member.organization).await?;
    Ok(Tagged::new(current.version, current.into()))
}

async fn update_organization_settings(
    State(organizations): State<Organizations>,
    member: Member<UpdateOrganization>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateOrganizationSettings>,
) -> ApiResult<Tagged<OrganizationSettingsBody>> {
    let settings = Settings::new(body.locale, &body.allowed_email_domains)?;
    let id = member.organization;
    let current = organizations
        .update_settings(&context, id, settings, version)
        .await?;
    Ok(Tagged::new(current.version, current.into()))
}

async fn update_organization_mfa_policy(
    State(organizations): State<Organizations>,
    member: Fresh<Member<ConfigureSignOn>>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateMfaPolicy>,
) -> ApiResult<Tagged<OrganizationSettingsBody>> {
    let policy = (body.mfa_required_from, member.principal.aal);
    let set = organizations
        .set_mfa_policy(&context, member.organization, policy, version)
        .await?;
    Ok(Tagged::new(set.version, set.into()))
}

async fn update_organization_seat_limit(
    State(organizations): State<Organizations>,
    _: Operator<WriteOrganizations>,
    Path(path): Path<OrganizationPath>,
    context: Context,
    Json(body): Json<UpdateSeatLimit>,
) -> ApiResult<Tagged<OrganizationSettingsBody>> {
    let set = organizations
        .set_seat_limit(&context, path.organization, body.seat_limit)
        .await?;
    Ok(Tagged::new(set.version, set.into()))
}
