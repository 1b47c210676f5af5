//! The job behind the schedule. Running twice is harmless: each digest is taken once.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError};
use serde::{Deserialize, Serialize};

use super::service::Digests;

/// Sends the digests that are due. What was missed while nothing ran is sent as one.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct SendDigests {}

impl Job for SendDigests {
    const NAME: &'static str = "notifications.send_digests";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}

/// Handles [`SendDigests`].
pub struct SendDigestsHandler(pub Digests);

#[async_trait]
impl Handler<SendDigests> for SendDigestsHandler {
    async fn run(&self, _: SendDigests, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.send_due().await?)
    }
}
