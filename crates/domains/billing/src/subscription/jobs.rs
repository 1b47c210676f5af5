//! What is done in the background. Running twice is harmless.

use async_trait::async_trait;
use jobs::{Delivery, Handler, JobError, Registry, Schedule, ScheduleError};

use super::service::Subscriptions;
use super::work::{
    AbandonSubscription, EndSubscription, ExpireSubscriptions, RemindPastDue, RemindTrial, SetSeats,
};
use crate::error::BillingError;

/// Who does the jobs of subscriptions.
pub(crate) fn register(registry: &mut Registry, subscriptions: &Subscriptions) {
    let handler = || Worker(subscriptions.clone());
    registry.on::<EndSubscription>(handler());
    registry.on::<AbandonSubscription>(handler());
    registry.on::<RemindPastDue>(handler());
    registry.on::<RemindTrial>(handler());
    registry.on::<SetSeats>(handler());
    registry.on::<ExpireSubscriptions>(handler());
}

/// What happens by the clock (UTC).
pub(crate) fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
    Ok(vec![Schedule::new(
        "subscriptions.expire",
        "*/10 * * * *",
        ExpireSubscriptions {},
    )?])
}

struct Worker(Subscriptions);

/// Tried again, ever less often.
fn failed(error: &BillingError) -> JobError {
    JobError::retry(error.to_string())
}

#[async_trait]
impl Handler<EndSubscription> for Worker {
    async fn run(&self, job: EndSubscription, _: &Delivery) -> Result<(), JobError> {
        self.0.end(job.subscription).await.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Handler<AbandonSubscription> for Worker {
    async fn run(&self, job: AbandonSubscription, _: &Delivery) -> Result<(), JobError> {
        self.0
            .abandon(job.subscription)
            .await
            .map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Handler<ExpireSubscriptions> for Worker {
    async fn run(&self, _: ExpireSubscriptions, _: &Delivery) -> Result<(), JobError> {
        self.0.expire().await.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Handler<SetSeats> for Worker {
    async fn run(&self, job: SetSeats, delivery: &Delivery) -> Result<(), JobError> {
        let seats = self.0.set_seats(job.subscription, delivery.id).await;
        seats.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Handler<RemindPastDue> for Worker {
    async fn run(&self, job: RemindPastDue, delivery: &Delivery) -> Result<(), JobError> {
        let reminded = self.0.remind_past_due(job, delivery).await;
        reminded.map_err(|error| failed(&error))
    }
}

#[async_trait]
impl Handler<RemindTrial> for Worker {
    async fn run(&self, job: RemindTrial, delivery: &Delivery) -> Result<(), JobError> {
        let reminded = self.0.remind_of_trial(job, delivery).await;
        reminded.map_err(|error| failed(&error))
    }
}
