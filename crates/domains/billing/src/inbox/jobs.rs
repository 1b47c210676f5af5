//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError, Schedule, ScheduleError};

use super::service::{Inbox, Synchronization};
use super::work::{DeletePaymentEventBodies, SyncPaymentObject, WakePaymentEvents};

/// Handles [`SyncPaymentObject`].
pub(crate) struct SyncPaymentObjectHandler(pub(crate) Synchronization);

#[async_trait]
impl Handler<SyncPaymentObject> for SyncPaymentObjectHandler {
    async fn run(&self, job: SyncPaymentObject, delivery: &Delivery) -> Result<(), JobError> {
        self.0.sync(job, delivery).await
    }
}

/// Handles [`WakePaymentEvents`].
pub(crate) struct WakePaymentEventsHandler(pub(crate) Inbox);

#[async_trait]
impl Handler<WakePaymentEvents> for WakePaymentEventsHandler {
    async fn run(&self, _: WakePaymentEvents, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.wake().await?)
    }
}

/// Handles [`DeletePaymentEventBodies`].
pub(crate) struct DeletePaymentEventBodiesHandler(pub(crate) Inbox);

#[async_trait]
impl Handler<DeletePaymentEventBodies> for DeletePaymentEventBodiesHandler {
    async fn run(&self, _: DeletePaymentEventBodies, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.delete_old_bodies().await?)
    }
}

/// What happens by the clock.
pub(crate) fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
    Ok(vec![
        Schedule::new("payments.wake_events", "*/10 * * * *", WakePaymentEvents {})?,
        Schedule::new(
            "payments.delete_event_bodies",
            "40 4 * * *",
            DeletePaymentEventBodies {},
        )?,
    ])
}
