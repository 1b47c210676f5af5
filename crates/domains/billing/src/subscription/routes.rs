//! `/subscriptions`: what organizations subscribe to.

mod bodies;

use axum::extract::State;
use kernel::permission::{ReadPayments, ReadPlatformPayments, WritePayments, WritePlatformPayments};
use kernel::{OrganizationId, SubscriptionId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{
    Api, ApiResult, Created, Doc, EveryOrganization, Json, PageBody, Paging, Path, Query, Routes, Scope,
    Scoped, Tagged,
};

use self::bodies::{
    BillingPortalBody, CancelSubscription, ChangeSubscription, OpenBillingPortal, PauseSubscription,
    ResumeSubscription, StartSubscription, SubscriptionBody, SubscriptionChangeBody, SubscriptionQuery,
};
use super::model::Subscription;
use super::service::Subscriptions;
use crate::error::BillingError;

/// Who may see subscriptions.
type Reader = Scope<ReadPayments, ReadPlatformPayments, EveryOrganization>;

/// Who may change them.
type WriterWith<T> = Scoped<WritePayments, WritePlatformPayments, T, EveryOrganization>;

pub(crate) fn routes(subscriptions: Subscriptions) -> Api {
    const ALL: &str = "/subscriptions";
    Routes::new("subscriptions")
        .about("What organizations subscribe to, through payment providers.")
        .get(ALL, list_subscriptions, Doc::new("List subscriptions", "Those of an organization; for staff, everybody's. The newest first."))
        .post(
            ALL,
            start_subscription,
            Doc::new(
                "Start a subscription",
                "Answers where the buyer pays (`checkout_url`); it counts once the provider says so. An organization has one \
                 subscription to a plan. Repeated with the same `Idempotency-Key` it goes on where it broke off.",
            ),
        )
        .get("/subscriptions/{subscriptionId}", get_subscription, Doc::new("Get a subscription", "One subscription."))
        .post(
            "/subscriptions/{subscriptionId}/sync",
            sync_subscription,
            Doc::new("Synchronize a subscription", "Asks the provider now what it is."),
        )
        .post(
            "/subscriptions/{subscriptionId}/preview",
            preview_subscription_change,
            Doc::new("Preview a change", "What a change would cost, where the provider can tell (`preview_change`). Changes nothing."),
        )
        .post(
            "/subscriptions/{subscriptionId}/change",
            change_subscription,
            Doc::new("Change a subscription", "Another price, plan or quantity, where the provider can do so."),
        )
        .post(
            "/subscriptions/{subscriptionId}/cancel",
            cancel_subscription,
            Doc::new(
                "Cancel a subscription",
                "With the period that is paid for, or now. One that nobody has paid for is given up, and its page closed.",
            ),
        )
        .post(
            "/subscriptions/{subscriptionId}/resume",
            resume_subscription,
            Doc::new("Resume a subscription", "Takes a cancellation back that has not come into effect, and ends a pause."),
        )
        .post(
            "/subscriptions/{subscriptionId}/pause",
            pause_subscription,
            Doc::new("Pause a subscription", "Nothing is collected until it is resumed, where the provider can do so."),
        )
        .post(
            "/billing/portal",
            open_billing_portal,
            Doc::new(
                "Open the billing portal",
                "Makes a page at the provider where the organization changes cards and sees invoices. It lives for minutes to hours: \
                 have one made for each click.",
            ),
        )
        .with_state(subscriptions)
}

/// Which subscription.
#[derive(Debug, Deserialize, JsonSchema)]
struct SubscriptionPath {
    /// The subscription.
    #[serde(rename = "subscriptionId")]
    id: SubscriptionId,
}

fn shown(subscription: Subscription) -> Tagged<SubscriptionBody> {
    Tagged::new(subscription.version, subscription.into())
}

/// Somebody has to pay.
fn buyer(organization: Option<OrganizationId>) -> Result<OrganizationId, BillingError> {
    let detail = "say which organization subscribes";
    organization.ok_or_else(|| BillingError::field("/organization_id", "required", detail))
}

async fn list_subscriptions(
    State(subscriptions): State<Subscriptions>,
    reader: Reader,
    Query(query): Query<SubscriptionQuery>,
    paging: Paging,
) -> ApiResult<PageBody<SubscriptionBody>> {
    let filter = query.filter(reader.organization);
    let page = subscriptions.list(filter, paging.request().clone()).await?;
    Ok(paging.page(page.map(SubscriptionBody::from)))
}

async fn start_subscription(
    State(subscriptions): State<Subscriptions>,
    Scoped { scope, context, body }: WriterWith<StartSubscription>,
) -> ApiResult<Created<SubscriptionBody>> {
    let organization = buyer(scope.organization)?;
    let started = subscriptions.start(&context, body.wish(organization)).await?;
    let location = format!("/subscriptions/{}?organization_id={organization}", started.id);
    let version = started.version;
    Ok(Created::at(location, started.into()).tagged(version))
}

async fn get_subscription(
    State(subscriptions): State<Subscriptions>,
    reader: Reader,
    Path(path): Path<SubscriptionPath>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    Ok(shown(subscriptions.get(reader.organization, path.id).await?))
}

async fn sync_subscription(
    State(subscriptions): State<Subscriptions>,
    reader: Reader,
    Path(path): Path<SubscriptionPath>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    Ok(shown(subscriptions.sync(reader.organization, path.id).await?))
}

async fn preview_subscription_change(
    State(subscriptions): State<Subscriptions>,
    Path(path): Path<SubscriptionPath>,
    Scoped { scope, body, .. }: WriterWith<ChangeSubscription>,
) -> ApiResult<Json<SubscriptionChangeBody>> {
    let which = (scope.organization, path.id);
    let preview = subscriptions.preview(which, body.wish()).await?;
    Ok(Json(preview.into()))
}

async fn change_subscription(
    State(subscriptions): State<Subscriptions>,
    Path(path): Path<SubscriptionPath>,
    Scoped { scope, context, body }: WriterWith<ChangeSubscription>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    let which = (scope.organization, path.id);
    Ok(shown(subscriptions.change(&context, which, body.wish()).await?))
}

async fn cancel_subscription(
    State(subscriptions): State<Subscriptions>,
    Path(path): Path<SubscriptionPath>,
    Scoped { scope, context, body }: WriterWith<CancelSubscription>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    let which = (scope.organization, path.id);
    Ok(shown(subscriptions.cancel(&context, which, body.at).await?))
}

async fn resume_subscription(
    State(subscriptions): State<Subscriptions>,
    Path(path): Path<SubscriptionPath>,
    Scoped { scope, context, .. }: WriterWith<ResumeSubscription>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    let which = (scope.organization, path.id);
    Ok(shown(subscriptions.resume(&context, which).await?))
}

async fn pause_subscription(
    State(subscriptions): State<Subscriptions>,
    Path(path): Path<SubscriptionPath>,
    Scoped { scope, context, body }: WriterWith<PauseSubscription>,
) -> ApiResult<Tagged<SubscriptionBody>> {
    let which = (scope.organization, path.id);
    let paused = subscriptions
        .pause(&context, which, body.mode, body.resumes_at)
        .await?;
    Ok(shown(paused))
}

async fn open_billing_portal(
    State(subscriptions): State<Subscriptions>,
    Scoped { scope, body, .. }: WriterWith<OpenBillingPortal>,
) -> ApiResult<Json<BillingPortalBody>> {
    let organization = buyer(scope.organization)?;
    let url = subscriptions
        .portal(organization, body.provider.as_deref(), body.return_url)
        .await?;
    Ok(Json(BillingPortalBody::at(&url)))
}
