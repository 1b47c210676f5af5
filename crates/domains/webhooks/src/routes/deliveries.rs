//! What was sent to an endpoint, and sending it again.

mod bodies;

use axum::extract::State;
use kernel::{WebhookDeliveryId, WebhookEndpointId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Accepted, Api, ApiResult, Context, Doc, Json, PageBody, Paging, Path, Query, Routes, Scoped};

use self::bodies::{
    DeliveryQuery, DetailedWebhookDeliveryBody, ReplayWebhookDeliveries, WebhookDeliveryBody,
    WebhookReplayBody,
};
use super::endpoints::{EndpointPath, Owner, OwnerWith};
use crate::service::Webhooks;

pub(super) fn routes(webhooks: Webhooks) -> Api {
    Routes::new("webhooks")
        .post(
            "/webhook-endpoints/{webhookEndpointId}/test",
            test_webhook_endpoint,
            Doc::new(
                "Test a webhook endpoint",
                "Sends it an event of the type `webhook.test`, whatever it is to hear.",
            ),
        )
        .get(
            "/webhook-endpoints/{webhookEndpointId}/deliveries",
            list_webhook_deliveries,
            Doc::new(
                "List webhook deliveries",
                "What was sent to an endpoint in the last 30 days, and what is on its way; the newest first.",
            ),
        )
        .get(
            "/webhook-endpoints/{webhookEndpointId}/deliveries/{webhookDeliveryId}",
            get_webhook_delivery,
            Doc::new(
                "Get a webhook delivery",
                "What is sent, and each attempt with what was answered.",
            ),
        )
        .post(
            "/webhook-endpoints/{webhookEndpointId}/deliveries/{webhookDeliveryId}/replay",
            replay_webhook_delivery,
            Doc::new(
                "Replay a webhook delivery",
                "Sends the event again, in a new delivery and under the same `webhook-id`.",
            ),
        )
        .post(
            "/webhook-endpoints/{webhookEndpointId}/replay",
            replay_webhook_deliveries,
            Doc::new(
                "Replay webhook deliveries",
                "Sends everything again that the endpoint was to hear since a moment, or of it what never arrived; in the \
                 background, in order, and under the same `webhook-id`s. What is on its way is not sent twice.",
            ),
        )
        .with_state(webhooks)
}

/// Which delivery.
#[derive(Debug, Deserialize, JsonSchema)]
struct DeliveryPath {
    /// The endpoint.
    #[serde(rename = "webhookEndpointId")]
    endpoint: WebhookEndpointId,
    /// The delivery.
    #[serde(rename = "webhookDeliveryId")]
    id: WebhookDeliveryId,
}

async fn test_webhook_endpoint(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
    context: Context,
) -> ApiResult<Accepted<WebhookDeliveryBody>> {
    let delivery = webhooks.test(&context, owner.organization, path.id).await?;
    Ok(Accepted(delivery.into()))
}

async fn list_webhook_deliveries(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<EndpointPath>,
    Query(query): Query<DeliveryQuery>,
    paging: Paging,
) -> ApiResult<PageBody<WebhookDeliveryBody>> {
    let page = webhooks
        .list_deliveries(
            owner.organization,
            path.id,
            query.into(),
            paging.request().clone(),
        )
        .await?;
    Ok(paging.page(page.map(WebhookDeliveryBody::from)))
}

async fn get_webhook_delivery(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<DeliveryPath>,
) -> ApiResult<Json<DetailedWebhookDeliveryBody>> {
    let detailed = webhooks
        .get_delivery(owner.organization, path.endpoint, path.id)
        .await?;
    Ok(Json(detailed.into()))
}

async fn replay_webhook_delivery(
    State(webhooks): State<Webhooks>,
    owner: Owner,
    Path(path): Path<DeliveryPath>,
    context: Context,
) -> ApiResult<Accepted<WebhookDeliveryBody>> {
    let delivery = webhooks
        .replay_delivery(&context, owner.organization, path.endpoint, path.id)
        .await?;
    Ok(Accepted(delivery.into()))
}

async fn replay_webhook_deliveries(
    State(webhooks): State<Webhooks>,
    Path(path): Path<EndpointPath>,
    Scoped { scope, context, body }: OwnerWith<ReplayWebhookDeliveries>,
) -> ApiResult<Accepted<WebhookReplayBody>> {
    let replay = webhooks
        .replay(&context, scope.organization, path.id, body.into())
        .await?;
    Ok(Accepted(replay.into()))
}
