//! One message to one browser.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use super::model::SendPush;
use super::service::PushSubscriptions;

/// Handles [`SendPush`].
pub struct SendPushHandler(pub PushSubscriptions);

#[async_trait]
impl Handler<SendPush> for SendPushHandler {
    async fn run(&self, job: SendPush, delivery: &Delivery) -> Result<(), JobError> {
        self.0.deliver(&job, delivery.id).await
    }
}
