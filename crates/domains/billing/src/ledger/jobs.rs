//! What is done about the books by the clock. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError, Schedule, ScheduleError};

use super::service::Ledger;
use super::work::CheckLedger;
use crate::drift::service::Drifts;

/// Handles [`CheckLedger`].
pub(crate) struct CheckLedgerHandler {
    /// The books.
    pub(crate) ledger: Ledger,
    /// Where it is shown what does not agree.
    pub(crate) drifts: Drifts,
}

#[async_trait]
impl Handler<CheckLedger> for CheckLedgerHandler {
    async fn run(&self, job: CheckLedger, delivery: &Delivery) -> Result<(), JobError> {
        let checked = self.ledger.check(&self.drifts, job, delivery).await;
        checked.map_err(JobError::retry)
    }
}

/// What happens by the clock.
pub(crate) fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
    Ok(vec![Schedule::new(
        "payments.check_ledger",
        "50 3 * * *",
        CheckLedger::beginning(),
    )?])
}
