//! The jobs of this domain: what is written down when something is to be done.

use jobs::{Job, Lane};
use kernel::{OrganizationId, WebhookEndpointId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::model::replay::Replay;

/// How many endpoints a process works for at once. Each may take its time.
const AT_ONCE: usize = 16;

/// Sends what is due to an endpoint. There may be many for the same one: the first that runs sends everything, and
/// those that come meanwhile have nothing to do.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeliverWebhooks {
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// The organization whose it is.
    pub organization: Option<OrganizationId>,
}

/// Wakes endpoints that have something due and nobody who works for them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct WakeWebhooks {}

/// Has a page of what an endpoint was to hear sent again, and then the next one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReplayWebhooks {
    /// To whom.
    pub endpoint: WebhookEndpointId,
    /// The organization whose it is.
    pub organization: Option<OrganizationId>,
    /// What.
    pub replay: Replay,
    /// When the last delivery that was looked at was made, to the microsecond, and its id.
    pub after: (String, Uuid),
}

/// Deletes what happened more than 30 days ago, with what became of it.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeleteOldWebhooks {}

impl Job for DeliverWebhooks {
    const NAME: &'static str = "webhooks.deliver";
    const MAX_ATTEMPTS: u32 = 10;
    const LANE: Lane = Lane::new("webhooks", AT_ONCE);

    fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }
}

impl Job for WakeWebhooks {
    const NAME: &'static str = "webhooks.wake";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}

impl Job for ReplayWebhooks {
    const NAME: &'static str = "webhooks.replay";
    const MAX_ATTEMPTS: u32 = 10;
    const PRIORITY: i32 = 8;

    fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }
}

impl Job for DeleteOldWebhooks {
    const NAME: &'static str = "webhooks.delete_old";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

impl DeliverWebhooks {
    /// Tells the one job of an endpoint that waits for its time.
    pub(crate) fn key(self) -> String {
        self.endpoint.to_string()
    }
}
