//! What is sent and answered about endpoints.

use garde::Validate;
use kernel::{OrganizationId, Timestamp, UserId, WebhookEndpointId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::WebhookError;
use crate::model::endpoint::{
    Description, DisabledReason, Endpoint, EndpointContent, EndpointStatus, IssuedEndpoint,
};
use crate::model::event_types::EventTypes;
use crate::model::url::{EndpointUrl, Schemes};

/// A server that hears of events.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct WebhookEndpointBody {
    /// Its id.
    id: WebhookEndpointId,
    /// The organization whose it is; null for one of the platform.
    organization_id: Option<OrganizationId>,
    /// Where it is told.
    #[schemars(extend("example" = "https://example.com/webhooks"))]
    url: String,
    /// What it is for.
    #[schemars(extend("example" = "Billing"))]
    description: String,
    /// What it hears: names of events and beginnings like `member.*`; everything when empty.
    #[schemars(extend("example" = ["organization.updated", "member.*"]))]
    event_types: Vec<String>,
    /// Whether it hears.
    status: EndpointStatus,
    /// How many attempts in a row failed.
    #[schemars(extend("example" = 0))]
    failures: i64,
    /// Since when; null while the last attempt succeeded.
    failing_since: Option<Timestamp>,
    /// Until when it is not asked, because it fails.
    paused_until: Option<Timestamp>,
    /// When it was disabled.
    disabled_at: Option<Timestamp>,
    /// Why.
    disabled_reason: Option<DisabledReason>,
    /// Who made it, while they have an account.
    created_by: Option<UserId>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// An endpoint, and its secret, which is shown this once.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct IssuedWebhookEndpointBody {
    /// The endpoint.
    webhook_endpoint: WebhookEndpointBody,
    /// What signatures are checked with. Keep it like a password; nobody can show it again.
    #[schemars(extend("example" = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="))]
    secret: String,
}

/// An endpoint to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateWebhookEndpoint {
    /// For which organization; without it a key's own, and else the platform.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// Where it is told: https, without a name, password or fragment.
    #[garde(length(bytes, min = 1, max = 2048))]
    #[schemars(extend("example" = "https://example.com/webhooks"))]
    url: String,
    /// What it is for.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schemars(extend("example" = "Billing"))]
    description: String,
    /// What it hears: names of events and beginnings like `member.*`; everything when empty or absent.
    #[serde(default)]
    #[garde(length(max = 100))]
    #[schemars(extend("example" = ["organization.updated", "member.*"]))]
    event_types: Vec<String>,
}

/// What is to be said about an endpoint from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateWebhookEndpoint {
    /// Of which organization it is; without it a key's own, and else the platform.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// Where it is told: https, without a name, password or fragment.
    #[garde(length(bytes, min = 1, max = 2048))]
    #[schemars(extend("example" = "https://example.com/webhooks"))]
    url: String,
    /// What it is for.
    #[serde(default)]
    #[garde(length(chars, max = 200))]
    #[schemars(extend("example" = "Billing"))]
    description: String,
    /// What it hears: names of events and beginnings like `member.*`; everything when empty or absent.
    #[serde(default)]
    #[garde(length(max = 100))]
    #[schemars(extend("example" = ["organization.updated", "member.*"]))]
    event_types: Vec<String>,
}

/// How an endpoint gets another secret.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateWebhookSecret {
    /// Of which organization it is; without it a key's own, and else the platform.
    #[serde(default)]
    #[garde(skip)]
    #[expect(dead_code, reason = "read by the extractor before the rest of the body")]
    organization_id: Option<OrganizationId>,
    /// For how many seconds the secret before signs as well, up to 7 days; a day when absent. With 0 it ends at once.
    #[serde(default = "a_day")]
    #[garde(range(max = 604_800))]
    #[schemars(extend("example" = 86_400))]
    pub(super) overlap_seconds: u32,
}

const fn a_day() -> u32 {
    86_400
}

impl CreateWebhookEndpoint {
    pub(super) fn wish(
        &self,
        organization: Option<OrganizationId>,
        schemes: Schemes,
    ) -> Result<EndpointContent, WebhookError> {
        content(
            &self.url,
            &self.description,
            &self.event_types,
            organization,
            schemes,
        )
    }
}

impl UpdateWebhookEndpoint {
    pub(super) fn wish(
        &self,
        organization: Option<OrganizationId>,
        schemes: Schemes,
    ) -> Result<EndpointContent, WebhookError> {
        content(
            &self.url,
            &self.description,
            &self.event_types,
            organization,
            schemes,
        )
    }
}

fn content(
    url: &str,
    description: &str,
    event_types: &[String],
    organization: Option<OrganizationId>,
    schemes: Schemes,
) -> Result<EndpointContent, WebhookError> {
    Ok(EndpointContent {
        url: EndpointUrl::parse(url, schemes)?,
        description: Description::parse(description)?,
        event_types: EventTypes::parse(event_types, organization)?,
    })
}

impl From<Endpoint> for WebhookEndpointBody {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            id: endpoint.id,
            organization_id: endpoint.organization,
            event_types: endpoint.event_types.names().to_vec(),
            url: endpoint.url,
            description: endpoint.description,
            status: endpoint.status,
            failures: endpoint.failures,
            failing_since: endpoint.failing_since,
            paused_until: endpoint.paused_until,
            disabled_at: endpoint.disabled_at,
            disabled_reason: endpoint.disabled_reason,
            created_by: endpoint.created_by,
            created_at: endpoint.created_at,
            updated_at: endpoint.updated_at,
        }
    }
}

impl From<IssuedEndpoint> for IssuedWebhookEndpointBody {
    fn from(issued: IssuedEndpoint) -> Self {
        Self {
            secret: issued.secret.expose().to_owned(),
            webhook_endpoint: issued.endpoint.into(),
        }
    }
}
