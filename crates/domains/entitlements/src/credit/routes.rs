//! `/entitlements/credits`.

use axum::extract::State;
use garde::Validate;
use kernel::permission::{CheckEntitlements, ReadOrganizations, WriteEntitlements};
use kernel::{CreditId, FeatureKey, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use web::{
    Api, ApiResult, Context, Created, Doc, EveryOrganization, Json, Operator, PageBody, Paging, Query,
    Routes, Scope,
};

use super::model::{Credit, LARGEST, NewCredit};
use super::service::Credits;
use crate::entitlement::routes::organization_of;
use crate::entitlement::service::Entitlements;

/// The routes of credits.
pub(crate) fn routes(credits: Credits, entitlements: Entitlements) -> Api {
    const ALL: &str = "/entitlements/credits";
    Routes::new("entitlements")
        .get(
            ALL,
            list_credits,
            Doc::new(
                "List the credits of an organization",
                "The newest first, those that are used up or over too.",
            ),
        )
        .post(
            ALL,
            grant_credit,
            Doc::new(
                "Grant credits",
                "So much of a feature beyond the limit of the plan, or without a plan. They are used once the limit is \
                 used up, those that end first before others, and end at `expires_at`.",
            ),
        )
        .with_state((credits, entitlements))
}

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct CreditsQuery {
    /// The organization; a key's own when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// Only for this feature.
    #[garde(skip)]
    feature: Option<FeatureKey>,
}

/// Credits to be given.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
struct GrantCredit {
    /// To whom.
    #[garde(skip)]
    organization_id: OrganizationId,
    /// For what.
    #[garde(skip)]
    feature: FeatureKey,
    /// How much.
    #[garde(range(min = 1, max = LARGEST))]
    #[schemars(extend("example" = 500))]
    amount: i64,
    /// Until when; for ever when absent.
    #[garde(skip)]
    expires_at: Option<Timestamp>,
    /// Why, for those who read it.
    #[garde(length(chars, min = 1, max = 500))]
    #[schemars(extend("example" = "Sorry for Tuesday"))]
    reason: String,
}

/// So much of a feature beyond the limit of the plan.
#[derive(Debug, Serialize, JsonSchema)]
struct CreditBody {
    /// Its id.
    id: CreditId,
    /// Whose it is.
    organization_id: OrganizationId,
    /// For what.
    feature: FeatureKey,
    /// How much it was.
    #[schemars(extend("example" = 500))]
    amount: i64,
    /// How much is left.
    #[schemars(extend("example" = 120))]
    remaining: i64,
    /// Until when; null for ever.
    expires_at: Option<Timestamp>,
    /// Why.
    #[schemars(extend("example" = "Sorry for Tuesday"))]
    reason: String,
    /// Who gave it.
    granted_by: Option<UserId>,
    /// When.
    created_at: Timestamp,
}

impl From<Credit> for CreditBody {
    fn from(credit: Credit) -> Self {
        Self {
            id: credit.id,
            organization_id: credit.organization,
            feature: credit.feature,
            amount: credit.amount,
            remaining: credit.remaining,
            expires_at: credit.expires_at,
            reason: credit.reason,
            granted_by: credit.granted_by,
            created_at: credit.created_at,
        }
    }
}

async fn list_credits(
    State((credits, entitlements)): State<(Credits, Entitlements)>,
    scope: Scope<CheckEntitlements, ReadOrganizations, EveryOrganization>,
    Query(query): Query<CreditsQuery>,
    paging: Paging,
) -> ApiResult<PageBody<CreditBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    let page = credits.list(organization, query.feature, paging.request().clone());
    Ok(paging.page(page.await?.map(CreditBody::from)))
}

async fn grant_credit(
    State((credits, _)): State<(Credits, Entitlements)>,
    _: Operator<WriteEntitlements>,
    context: Context,
    Json(body): Json<GrantCredit>,
) -> ApiResult<Created<CreditBody>> {
    let wish = NewCredit {
        feature: body.feature,
        amount: body.amount,
        expires_at: body.expires_at,
        reason: body.reason,
    };
    let credit = credits.grant(&context, body.organization_id, wish).await?;
    let location = format!(
        "/entitlements/credits?organization_id={}&feature={}",
        credit.organization, credit.feature
    );
    Ok(Created::at(location, credit.into()))
}
