//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use crate::service::Webhooks;
use crate::work::{DeleteOldWebhooks, DeliverWebhooks, ReplayWebhooks, WakeWebhooks};

/// Handles [`DeliverWebhooks`].
pub struct DeliverWebhooksHandler(pub Webhooks);

#[async_trait]
impl Handler<DeliverWebhooks> for DeliverWebhooksHandler {
    async fn run(&self, job: DeliverWebhooks, delivery: &Delivery) -> Result<(), JobError> {
        self.0.deliver(job, delivery).await
    }
}

/// Handles [`WakeWebhooks`].
pub struct WakeWebhooksHandler(pub Webhooks);

#[async_trait]
impl Handler<WakeWebhooks> for WakeWebhooksHandler {
    async fn run(&self, _: WakeWebhooks, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.wake().await?)
    }
}

/// Handles [`ReplayWebhooks`].
pub struct ReplayWebhooksHandler(pub Webhooks);

#[async_trait]
impl Handler<ReplayWebhooks> for ReplayWebhooksHandler {
    async fn run(&self, job: ReplayWebhooks, delivery: &Delivery) -> Result<(), JobError> {
        Ok(self.0.replay_page(job, delivery).await?)
    }
}

/// Handles [`DeleteOldWebhooks`].
pub struct DeleteOldWebhooksHandler(pub Webhooks);

#[async_trait]
impl Handler<DeleteOldWebhooks> for DeleteOldWebhooksHandler {
    async fn run(&self, _: DeleteOldWebhooks, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.delete_old().await?)
    }
}
