//! One message to one browser.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError, Lane};
use kernel::{NotificationId, OrganizationId, PushSubscriptionId};
use serde::{Deserialize, Serialize};

use super::service::PushSubscriptions;

/// Hands a message over to a push service. Twice is harmless: both have one topic, and the later takes the place of
/// the earlier while that was not shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SendPush {
    /// Which browser.
    pub subscription: PushSubscriptionId,
    /// What it is about, where it is in the feed.
    pub notification: Option<NotificationId>,
    /// The organization that it is about.
    pub organization: Option<OrganizationId>,
    /// What is said, sealed, in base64.
    pub sealed_message: String,
    /// Whether it wakes a device that saves its battery.
    pub is_urgent: bool,
}

impl Job for SendPush {
    const NAME: &'static str = "notifications.send_push";
    const MAX_ATTEMPTS: u32 = 8;
    const PRIORITY: i32 = 3;
    const LANE: Lane = Lane::new("push", 32);

    fn organization(&self) -> Option<OrganizationId> {
        self.organization
    }
}

/// Handles [`SendPush`].
pub struct SendPushHandler(pub PushSubscriptions);

#[async_trait]
impl Handler<SendPush> for SendPushHandler {
    async fn run(&self, job: SendPush, delivery: &Delivery) -> Result<(), JobError> {
        self.0.deliver(&job, delivery.id).await
    }
}
