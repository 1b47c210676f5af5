//! What was sent to an endpoint, and sending it again.

use axum::extract::State;
use kernel::{WebhookDeliveryId, WebhookEndpointId};
use schemars::JsonSchema;
use serde::Deserialize;
use web::{Accepted, Api, ApiResult, Context, Doc, Json, PageBody, Paging, Path, Query, Routes};

use super::bodies::{DeliveryQuery, DetailedWebhookDeliveryBody, WebhookDeliveryBody};
use super::endpoints::{EndpointPath, Owner};
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
