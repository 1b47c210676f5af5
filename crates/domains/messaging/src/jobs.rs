//! Upkeep: what was sent long ago is deleted. Running twice is harmless.

use std::time::Duration;

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError};
use mail::Messages;
use serde::{Deserialize, Serialize};

/// Deletes mails that were written so long ago that nobody asks about them any more.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeleteOldMessages {}

impl Job for DeleteOldMessages {
    const NAME: &'static str = "messages.delete_old";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

/// Handles [`DeleteOldMessages`].
pub struct DeleteOldMessagesHandler {
    /// The mails.
    pub messages: Messages,
    /// How long they are kept.
    pub kept: Duration,
}

#[async_trait]
impl Handler<DeleteOldMessages> for DeleteOldMessagesHandler {
    async fn run(&self, _: DeleteOldMessages, _: &Delivery) -> Result<(), JobError> {
        Ok(self.messages.delete_old(self.kept).await?)
    }
}
