//! `/webhook-endpoints`: those that hear of events.

mod bodies;

use axum::extract::State;
use kernel::permission::{WritePlatformWebhooks, WriteWebhooks};
use kernel::{OrganizationId, WebhookEndpointId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{
    Api, ApiResult, Context, Created, Doc, IfMatch, Json, NoContent, PageBody, Paging, Path, Routes, Scope,
    Scoped, Tagged,
};

use self::bodies::{
    CreateWebhookEndpoint, IssuedWebhookEndpointBody, RotateWebhookSecret, UpdateWebhookEndpoint,
    WebhookEndpointBody,
};
use crate::service::Webhooks;

/// Who may manage endpoints.
pub(super) type Owner = Scope<WriteWebhooks, WritePlatformWebhooks>;

/// The same with a body.
pub(super) type OwnerWith<T> = Scoped<WriteWebhooks, WritePlatformWebhooks, T>;

pub(super) fn routes(webhooks: Webhooks) -> Api {
    const ALL: &str = "/webhook-endpoints";
    const ONE: &str = "/webhook-endpoints/{webhookEndpointId}";
    Routes::new("webhooks")
        .about("Webhooks: what happens, told to your servers by Standard Webhooks 1.0.0.")
        .get(ALL, list_webhook_endpoints, Doc::new("List webhook endpoints", "Those of an organization, or of the platform; the newest first."))
        .post(
            ALL,
            create_webhook_endpoint,
            Doc::new(
                "Create a webhook endpoint",
                "An endpoint of an organization hears of what happens there, one of the platform of everything. The secret \
                 that signs what it is sent is answered this once. There are 20 at most.",
            ),
        )
        .get(ONE, get_webhook_endpoint, Doc::new("Get a webhook endpoint", "One endpoint and how it is doing, without its secret."))
        .put(
            ONE,
            update_webhook_endpoint,
            Doc::new("Update a webhook endpoint", "Another URL, description or choice of events. What is on its way goes to the new URL."),
        )
        .delete(ONE, delete_webhook_endpoint, Doc::new("Delete a webhook endpoint", "With its deliveries; what was on its way is not sent any more."))
        .post(
            "/webhook-endpoints/{webhookEndpointId}/enable",
            enable_webhook_endpoint,
            Doc::new("Enable a webhook endpoint", "It hears from now on. What it missed is not sent by itself."),
        )
        .post(
            "/webhook-endpoints/{webhookEndpointId}/disable",
            disable_webhook_endpoint,
            Doc::new("Disable a webhook endpoint", "It hears nothing until it is enabled; what was on its way is given up."),
        )
        .post(
            "/webhook-endpoints/{webhookEndpointId}/rotate-secret",
            rotate_webhook_secret,
            Doc::new(
                "Rotate the secret of a webhook endpoint",
                "Answers a new secret. For `overlap_seconds` both sign, so that receivers can be changed one by one; \
                 meanwhile another rotation needs `overlap_seconds` 0, which ends the older ones.",
            ),
        )
        .with_state(webhooks)
}

/// Which endpoint.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct EndpointPath {
    /// The endpoint.
    #[serde(rename = "webhookEndpointId")]
    pub(super) id: WebhookEndpointId,
}

/// Where it is, for whom it is.
fn location(organization: Option<OrganizationId>, id: WebhookEndpointId) -> String {
    match organization {
        Some(organization) => format!("/webhook-endpoints/{id}?organization_id={organization}"),
        None => format!("/webhook-endpoints/{id}"),
    }
}

async fn list_webhook_endpoints(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    paging: Paging,
) -> ApiResult<PageBody<WebhookEndpointBody>> {
    let page = webhooks
        .list(owner.organization, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(WebhookEndpointBody::from)))
}

async fn create_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Scoped { scope, context, body }: OwnerWith<CreateWebhookEndpoint>,
) -> ApiResult<Created<IssuedWebhookEndpointBody>> {
    let wish = body.wish(scope.organization, webhooks.schemes())?;
    let issued = webhooks.create(&context, scope.organization, wish).await?;
    let location = location(scope.organization, issued.endpoint.id);
    Ok(Created::at(location, issued.into()))
}

async fn get_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
) -> ApiResult<Tagged<WebhookEndpointBody>> {
    let endpoint = webhooks.get(owner.organization, path.id).await?;
    Ok(Tagged::new(endpoint.version, endpoint.into()))
}

async fn update_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    Path(path): Path<EndpointPath>,
    IfMatch(version): IfMatch,
    Scoped { scope, context, body }: OwnerWith<UpdateWebhookEndpoint>,
) -> ApiResult<Tagged<WebhookEndpointBody>> {
    let wish = body.wish(scope.organization, webhooks.schemes())?;
    let endpoint = webhooks
        .update(&context, scope.organization, path.id, wish, version)
        .await?;
    Ok(Tagged::new(endpoint.version, endpoint.into()))
}

async fn delete_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
    context: Context,
) -> ApiResult<NoContent> {
    webhooks.delete(&context, owner.organization, path.id).await?;
    Ok(NoContent)
}

async fn enable_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
    context: Context,
) -> ApiResult<Tagged<WebhookEndpointBody>> {
    let endpoint = webhooks.enable(&context, owner.organization, path.id).await?;
    Ok(Tagged::new(endpoint.version, endpoint.into()))
}

async fn disable_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
    context: Context,
) -> ApiResult<Tagged<WebhookEndpointBody>> {
    let endpoint = webhooks.disable(&context, owner.organization, path.id).await?;
    Ok(Tagged::new(endpoint.version, endpoint.into()))
}

async fn rotate_webhook_secret(
    State(webhooks): State<Webhooks>,
    Path(path): Path<EndpointPath>,
    Scoped { scope, context, body }: OwnerWith<RotateWebhookSecret>,
) -> ApiResult<Json<IssuedWebhookEndpointBody>> {
    let issued = webhooks
        .rotate_secret(&context, scope.organization, path.id, body.overlap_seconds)
        .await?;
    Ok(Json(issued.into()))
}
