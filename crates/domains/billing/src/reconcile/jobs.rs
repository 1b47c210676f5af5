//! What is done by the clock. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError, Schedule, ScheduleError};

use super::service::Reconciliation;
use super::work::{ComparePayments, ReadPaymentEvents, ReconcilePayments};

/// Handles [`ReconcilePayments`].
pub(crate) struct ReconcilePaymentsHandler(pub(crate) Reconciliation);

#[async_trait]
impl Handler<ReconcilePayments> for ReconcilePaymentsHandler {
    async fn run(&self, _: ReconcilePayments, _: &Delivery) -> Result<(), JobError> {
        self.0.reconcile().await.map_err(JobError::retry)
    }
}

/// Handles [`ComparePayments`].
pub(crate) struct ComparePaymentsHandler(pub(crate) Reconciliation);

#[async_trait]
impl Handler<ComparePayments> for ComparePaymentsHandler {
    async fn run(&self, _: ComparePayments, _: &Delivery) -> Result<(), JobError> {
        self.0.compare().await.map_err(JobError::retry)
    }
}

/// Handles [`ReadPaymentEvents`].
pub(crate) struct ReadPaymentEventsHandler(pub(crate) Reconciliation);

#[async_trait]
impl Handler<ReadPaymentEvents> for ReadPaymentEventsHandler {
    async fn run(&self, job: ReadPaymentEvents, delivery: &Delivery) -> Result<(), JobError> {
        self.0.read_events(job, delivery).await
    }
}

/// What happens by the clock.
pub(crate) fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
    Ok(vec![
        Schedule::new("payments.reconcile", "7-59/15 * * * *", ReconcilePayments {})?,
        Schedule::new("payments.compare", "20 2 * * *", ComparePayments {})?,
    ])
}
