//! Sealing, as a job.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use crate::sealing::SealActivity;
use crate::service::ActivityLog;

/// Seals what waits.
pub struct SealActivityHandler(pub ActivityLog);

#[async_trait]
impl Handler<SealActivity> for SealActivityHandler {
    async fn run(&self, _: SealActivity, _: &Delivery) -> Result<(), JobError> {
        self.0.seal().await.map(drop).map_err(JobError::retry)
    }
}
