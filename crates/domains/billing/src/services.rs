//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::dispute::service::Disputes;
use crate::inbox::jobs::{
    DeletePaymentEventBodiesHandler, SyncPaymentObjectHandler, WakePaymentEventsHandler,
};
use crate::inbox::service::{Appliers, Inbox, Synchronization};
use crate::machinery::Machinery;
use crate::payment::service::Payments;
use crate::plan::service::Plans;
use crate::{dispute, inbox, payment, plan, providers};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    machinery: Machinery,
    payments: Payments,
    /// What is sold.
    pub plans: Plans,
    inbox: Inbox,
    disputes: Disputes,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        let payments = Payments::new(machinery.clone());
        Self {
            plans: Plans::new(machinery.clone()),
            inbox: Inbox::new(machinery.clone()),
            disputes: Disputes::new(machinery.clone(), payments.clone()),
            payments,
            machinery,
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        providers::routes::routes(self.machinery.providers.clone())
            .merge(payment::routes::routes(self.payments.clone()))
            .merge(plan::routes::routes(self.plans.clone()))
            .merge(inbox::routes::routes(self.inbox.clone()))
            .merge(dispute::routes::routes(self.disputes.clone()))
    }

    /// Who does which job of this domain.
    pub fn register(&self, registry: &mut Registry) {
        registry.on(payment::jobs::SendRefundHandler(self.payments.clone()));
        registry.on(payment::jobs::ExpirePaymentsHandler(self.payments.clone()));
        let appliers = Appliers::new(self.payments.clone(), self.disputes.clone());
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
