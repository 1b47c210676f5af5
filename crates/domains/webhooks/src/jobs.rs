//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use crate::service::Webhooks;
use crate::work::{DeliverWebhooks, WakeWebhooks};

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
