//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use crate::service::Sandbox;
use crate::work::{DeliverEvent, Tick};

/// Handles [`DeliverEvent`].
pub struct DeliverEventHandler(pub Sandbox);

#[async_trait]
impl Handler<DeliverEvent> for DeliverEventHandler {
    async fn run(&self, job: DeliverEvent, delivery: &Delivery) -> Result<(), JobError> {
        self.0.deliver(&job.event, delivery).await
    }
}

/// Handles [`Tick`].
pub struct TickHandler(pub Sandbox);

#[async_trait]
impl Handler<Tick> for TickHandler {
    async fn run(&self, _: Tick, _: &Delivery) -> Result<(), JobError> {
        self.0.tick().await.map_err(JobError::retry)
    }
}
