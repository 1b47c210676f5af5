//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::dispute::service::Disputes;
use crate::drift::service::{Comparisons, Drifts};
use crate::inbox::jobs::{
    DeletePaymentEventBodiesHandler, SyncPaymentObjectHandler, WakePaymentEventsHandler,
};
use crate::inbox::service::{Appliers, Inbox, Synchronization};
use crate::invoice::service::Invoices;
use crate::ledger::jobs::CheckLedgerHandler;
use crate::ledger::service::Ledger;
use crate::machinery::Machinery;
use crate::payment::service::Payments;
use crate::plan::service::Plans;
use crate::reconcile::jobs::{ComparePaymentsHandler, ReadPaymentEventsHandler, ReconcilePaymentsHandler};
use crate::reconcile::service::Reconciliation;
use crate::subscription::service::Subscriptions;
use crate::sync::service::Questions;
use crate::{
    dispute, drift, inbox, invoice, ledger, payment, plan, providers, reconcile, subscription, sync,
};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    machinery: Machinery,
    payments: Payments,
    /// What is sold.
    pub plans: Plans,
    drifts: Drifts,
    inbox: Inbox,
    disputes: Disputes,
    ledger: Ledger,
    reconciliation: Reconciliation,
    /// Bills.
    pub invoices: Invoices,
    /// What organizations subscribe to.
    pub subscriptions: Subscriptions,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        let plans = Plans::new(machinery.clone());
        let inbox = Inbox::new(machinery.clone());
        let subscriptions = Subscriptions::new(machinery.clone(), plans.clone());
        let invoices = Invoices::new(machinery.clone(), subscriptions.clone());
        let payments = Payments::new(machinery.clone(), invoices.clone());
        Self {
            subscriptions,
            invoices,
            plans,
            disputes: Disputes::new(machinery.clone(), payments.clone()),
            payments,
            drifts: Drifts::new(machinery.clone()),
            ledger: Ledger::new(machinery.clone()),
            reconciliation: Reconciliation::new(machinery.clone(), inbox.clone()),
            inbox,
            machinery,
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        let questions = Questions::new(self.machinery.clone(), self.payments.clone(), self.appliers());
        providers::routes::routes(self.machinery.providers.clone())
            .merge(payment::routes::routes(self.payments.clone()))
            .merge(plan::routes::routes(self.plans.clone()))
            .merge(inbox::routes::routes(self.inbox.clone()))
            .merge(dispute::routes::routes(self.disputes.clone()))
            .merge(subscription::routes::routes(self.subscriptions.clone()))
            .merge(invoice::routes::routes(self.invoices.clone()))
            .merge(invoice::pages::pages(self.invoices.clone()))
            .merge(drift::routes::routes(self.drifts.clone()))
            .merge(ledger::routes::routes(self.ledger.clone()))
            .merge(sync::routes::routes(questions))
    }

    /// Those who make our rows say what providers say.
    pub(crate) fn appliers(&self) -> Appliers {
        Appliers::new(
            self.subscriptions.clone(),
            self.invoices.clone(),
            self.payments.clone(),
            self.disputes.clone(),
        )
    }

    /// Who does which job of this domain.
    pub fn register(&self, registry: &mut Registry) {
        registry.on(payment::jobs::SendRefundHandler(self.payments.clone()));
        subscription::jobs::register(registry, &self.subscriptions);
        registry.on(payment::jobs::ExpirePaymentsHandler(self.payments.clone()));
        let comparisons = Comparisons::new(self.drifts.clone());
        let synchronization = Synchronization::new(self.inbox.clone(), self.appliers(), comparisons);
        registry
            .on(SyncPaymentObjectHandler(synchronization))
            .on(WakePaymentEventsHandler(self.inbox.clone()))
            .on(DeletePaymentEventBodiesHandler(self.inbox.clone()))
            .on(ReconcilePaymentsHandler(self.reconciliation.clone()))
            .on(ComparePaymentsHandler(self.reconciliation.clone()))
            .on(ReadPaymentEventsHandler(self.reconciliation.clone()))
            .on(CheckLedgerHandler {
                ledger: self.ledger.clone(),
                drifts: self.drifts.clone(),
            });
    }

    /// What happens by the clock (UTC).
    pub fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
        let mut schedules = Vec::new();
        schedules.extend(payment::jobs::schedules()?);
        schedules.extend(inbox::jobs::schedules()?);
        schedules.extend(reconcile::jobs::schedules()?);
        schedules.extend(ledger::jobs::schedules()?);
        schedules.extend(subscription::jobs::schedules()?);
        Ok(schedules)
    }
}
