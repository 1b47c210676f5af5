//! What is done about payments in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, Job, JobError, Schedule, ScheduleError};
use serde::{Deserialize, Serialize};

use super::service::Payments;

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
