//! What is done about payments in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError, Lane, Schedule, ScheduleError};
use kernel::{OrganizationId, RefundId};
use serde::{Deserialize, Serialize};

use super::service::Payments;

/// Asks a provider to give money back.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SendRefund {
    /// Which refund.
    pub(crate) refund: RefundId,
    /// Whose payment.
    pub(crate) organization: OrganizationId,
}

/// How many refunds a process asks for at once. Each may take its time.
const AT_ONCE: usize = 4;

impl Job for SendRefund {
    const NAME: &'static str = "payments.send_refund";
    const MAX_ATTEMPTS: u32 = 25;
    const LANE: Lane = Lane::new("refunds", AT_ONCE);

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

/// Handles [`SendRefund`].
pub(crate) struct SendRefundHandler(pub(crate) Payments);

#[async_trait]
impl Handler<SendRefund> for SendRefundHandler {
    async fn run(&self, job: SendRefund, _: &Delivery) -> Result<(), JobError> {
        self.0.send_refund(job.refund).await
    }
}

/// Lets payments expire that nobody has paid in time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ExpirePayments {}

impl Job for ExpirePayments {
    const NAME: &'static str = "payments.expire";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
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
