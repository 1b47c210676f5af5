//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::machinery::Machinery;
use crate::payment::service::Payments;

use crate::plan::service::Plans;
use crate::{payment, plan, providers};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    machinery: Machinery,
    payments: Payments,
    /// What is sold.
    pub plans: Plans,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        Self {
            payments: Payments::new(machinery.clone()),
            plans: Plans::new(machinery.clone()),
            machinery,
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        providers::routes::routes(self.machinery.providers.clone())
            .merge(payment::routes::routes(self.payments.clone()))
            .merge(plan::routes::routes(self.plans.clone()))
    }

    /// Who does which job of this domain.
    pub fn register(&self, registry: &mut Registry) {
        registry.on(payment::jobs::ExpirePaymentsHandler(self.payments.clone()));
    }

    /// What happens by the clock (UTC).
    pub fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
        let mut schedules = Vec::new();
        schedules.extend(payment::jobs::schedules()?);
        Ok(schedules)
    }
}
