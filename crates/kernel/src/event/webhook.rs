//! What happens to the endpoints that hear of events. Their URLs may hold secrets, so only the host is told.

use super::events;
use crate::id::{OrganizationId, WebhookEndpointId};

events! {
    /// A webhook endpoint was made.
    WebhookEndpointCreated = "webhook_endpoint.created" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it is; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// The host of its URL.
        host: String,
    } within organization_id on webhook_endpoint_id;

    /// A webhook endpoint was changed.
    WebhookEndpointUpdated = "webhook_endpoint.updated" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it is; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// The names of the fields that changed.
        fields: Vec<String>,
    } within organization_id on webhook_endpoint_id;

    /// A webhook endpoint was deleted.
    WebhookEndpointDeleted = "webhook_endpoint.deleted" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it was; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// The host of its URL.
        host: String,
    } within organization_id on webhook_endpoint_id;

    /// A webhook endpoint hears of events again.
    WebhookEndpointEnabled = "webhook_endpoint.enabled" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it is; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// The host of its URL.
        host: String,
    } within organization_id on webhook_endpoint_id;

    /// A webhook endpoint hears of nothing from now on.
    WebhookEndpointDisabled = "webhook_endpoint.disabled" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it is; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// The host of its URL.
        host: String,
        /// `manual`, `failing` for five days without one success, `gone` when it answered 410.
        reason: String,
    } within organization_id on webhook_endpoint_id;

    /// A webhook endpoint has a new secret; the one before signs as well for a while.
    WebhookEndpointSecretRotated = "webhook_endpoint.secret_rotated" {
        /// The endpoint.
        webhook_endpoint_id: WebhookEndpointId,
        /// The organization whose it is; none for one of the platform.
        organization_id: Option<OrganizationId>,
        /// For how long the secret before signs.
        overlap_seconds: u32,
    } within organization_id on webhook_endpoint_id;
}
