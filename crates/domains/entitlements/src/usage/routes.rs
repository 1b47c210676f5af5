//! `/usage`.

mod bodies;

use axum::extract::State;
use kernel::permission::{CheckEntitlements, ReadOrganizations, WriteEntitlements, WriteUsage};
use web::{Api, ApiResult, Doc, EveryOrganization, Json, PageBody, Paging, Query, Routes, Scope, Scoped};

use self::bodies::{RecordUsage, RecordedUsageBody, UsageBody, UsageEventBody, UsageQuery};
use super::service::Meter;
use crate::entitlement::routes::organization_of;
use crate::entitlement::service::Entitlements;

/// Who sees what was used.
type Readers = Scope<CheckEntitlements, ReadOrganizations, EveryOrganization>;

/// The routes of what was used.
pub(crate) fn routes(meter: Meter, entitlements: Entitlements) -> Api {
    Routes::new("usage")
        .about(
            "What was used: told in batches, each event once, or reserved before and committed afterwards where a \
             limit must hold to the last unit.",
        )
        .get(
            "/usage",
            list_usage,
            Doc::new(
                "List what was used",
                "By feature and period, the newest periods first, and so the history of earlier ones.",
            ),
        )
        .post(
            "/usage",
            record_usage,
            Doc::new(
                "Tell what was used",
                "Up to 1,000 events, of which each is counted once, however often it is told: one whose key was told \
                 before for the same feature changes nothing and is answered as a duplicate. All of them are taken, \
                 or none is. It has happened, so that limits don't refuse it; credits cover what goes beyond. \
                 Negative amounts are for things that are kept and then no longer are, and never count below zero. \
                 Events are kept for 13 months.",
            ),
        )
        .get(
            "/usage/events",
            list_usage_events,
            Doc::new("List usage events", "What was counted, the newest first."),
        )
        .with_state((meter, entitlements))
}

async fn list_usage(
    State((meter, entitlements)): State<(Meter, Entitlements)>,
    scope: Readers,
    Query(query): Query<UsageQuery>,
    paging: Paging,
) -> ApiResult<PageBody<UsageBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    let page = meter.list(organization, query.feature, paging.request().clone());
    Ok(paging.page(page.await?.map(UsageBody::from)))
}

async fn record_usage(
    State((meter, entitlements)): State<(Meter, Entitlements)>,
    scoped: Scoped<WriteUsage, WriteEntitlements, RecordUsage, EveryOrganization>,
) -> ApiResult<Json<RecordedUsageBody>> {
    let Scoped { scope, context, body } = scoped;
    let organization = organization_of(&entitlements, &scope, "/organization_id").await?;
    let recorded = meter.record(&context, organization, body.into_new()).await?;
    Ok(Json(recorded.into()))
}

async fn list_usage_events(
    State((meter, entitlements)): State<(Meter, Entitlements)>,
    scope: Readers,
    Query(query): Query<UsageQuery>,
    paging: Paging,
) -> ApiResult<PageBody<UsageEventBody>> {
    let organization = organization_of(&entitlements, &scope, "organization_id").await?;
    let page = meter.list_events(organization, query.feature, paging.request().clone());
    Ok(paging.page(page.await?.map(UsageEventBody::from)))
}
