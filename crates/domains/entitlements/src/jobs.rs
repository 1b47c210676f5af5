//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError};

use crate::reservation::service::Reservations;
use crate::usage::service::Meter;
use crate::work::{DeleteOldUsage, ExpireReservations, ForgetUsage};

/// Handles [`ExpireReservations`].
pub(crate) struct ExpireReservationsHandler(pub(crate) Reservations);

#[async_trait]
impl Handler<ExpireReservations> for ExpireReservationsHandler {
    async fn run(&self, _: ExpireReservations, _: &Delivery) -> Result<(), JobError> {
        Ok(self.0.expire().await?)
    }
}

/// Handles [`DeleteOldUsage`].
pub(crate) struct DeleteOldUsageHandler {
    pub(crate) meter: Meter,
    pub(crate) reservations: Reservations,
}

#[async_trait]
impl Handler<DeleteOldUsage> for DeleteOldUsageHandler {
    async fn run(&self, _: DeleteOldUsage, _: &Delivery) -> Result<(), JobError> {
        self.meter.delete_old().await?;
        Ok(self.reservations.delete_old().await?)
    }
}

/// Handles [`ForgetUsage`].
pub(crate) struct ForgetUsageHandler {
    pub(crate) meter: Meter,
    pub(crate) reservations: Reservations,
}

#[async_trait]
impl Handler<ForgetUsage> for ForgetUsageHandler {
    async fn run(&self, job: ForgetUsage, _: &Delivery) -> Result<(), JobError> {
        self.reservations.forget(job.gone).await?;
        Ok(self.meter.forget(job.gone).await?)
    }
}
