//! What is done about payments in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError, Schedule, ScheduleError};

use super::service::Payments;
use super::work::{ExpirePayments, SendRefund};

/// Handles [`SendRefund`].
pub(crate) struct SendRefundHandler(pub(crate) Payments);

#[async_trait]
impl Handler<SendRefund> for SendRefundHandler {
    async fn run(&self, job: SendRefund, _: &Delivery) -> Result<(), JobError> {
        self.0.send_refund(job.refund).await
    }
}

/// Handles [`ExpirePayments`].
pub(crate) struct ExpirePaymentsHandler(pub(crate) Payments);

#[async_trait]
impl Handler<ExpirePayments> for ExpirePaymentsHandler {
    async fn run(&self, _: ExpirePayments, _: &Delivery) -> Result<(), JobError> {
        self.0.expire_overdue().await.map_err(JobError::retry)
    }
}

/// What happens by the clock.
pub(crate) fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
    Ok(vec![Schedule::new(
        "expire_payments",
        "*/10 * * * *",
        ExpirePayments {},
    )?])
}
