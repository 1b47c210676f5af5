//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::inbox::jobs::{
    DeletePaymentEventBodiesHandler, SyncPaymentObjectHandler, WakePaymentEventsHandler,
};
use crate::inbox::service::{Appliers, Inbox, Synchronization};
use crate::machinery::Machinery;
use crate::payment::service::Payments;
use crate::plan::service::Plans;
use crate::{inbox, payment, plan, providers};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    machinery: Machinery,
    payments: Payments,
    /// What is sold.
    pub plans: Plans,
    inbox: Inbox,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        Self {
            payments: Payments::new(machinery.clone()),
            plans: Plans::new(machinery.clone()),
            inbox: Inbox::new(machinery.clone()),
            machinery,
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        providers::routes::routes(self.machinery.providers.clone())
            .merge(payment::routes::routes(self.payments.clone()))
            .merge(plan::routes::routes(self.plans.clone()))
            .merge(inbox::routes::routes(self.inbox.clone()))
    }

    /// Who does which job of this domain.
    pub fn register(&self, registry: &mut Registry) {
        registry.on(payment::jobs::ExpirePaymentsHandler(self.payments.clone()));
        let appliers = Appliers::new(self.payments.clone());
        let synchronization = Synchronization::new(self.inbox.clone(), appliers);
        registry
            .on(SyncPaymentObjectHandler(synchronization))
            .on(WakePaymentEventsHandler(self.inbox.clone()))
            .on(DeletePaymentEventBodiesHandler(self.inbox.clone()));
    }

    /// What happens by the clock (UTC).
    pub fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
        let mut schedules = Vec::new();
        schedules.extend(payment::jobs::schedules()?);
        schedules.extend(inbox::jobs::schedules()?);
        Ok(schedules)
    }
}
