//! Upkeep: what was put away long ago is deleted. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError};
use serde::{Deserialize, Serialize};

use crate::service::Notifications;

/// Deletes notifications that were put away more than 90 days ago.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeleteOld {}

impl Job for DeleteOld {
    const NAME: &'static str = "notifications.delete_old";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

/// Handles [`DeleteOld`].
pub struct DeleteOldHandler(pub Notifications);

#[async_trait]
impl Handler<DeleteOld> for DeleteOldHandler {
    async fn run(&self, _: DeleteOld, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.delete_old().await?)
    }
}
