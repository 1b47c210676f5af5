//! The services of this domain, put together.

use jobs::{Registry, Schedule, ScheduleError};
use web::Api;

use crate::credit::service::Credits;
use crate::entitlement::service::Entitlements;
use crate::flag::service::Flags;
use crate::jobs::{DeleteOldUsageHandler, ExpireReservationsHandler, ForgetUsageHandler};
use crate::machinery::Machinery;
use crate::overriding::service::Overrides;
use crate::reservation::service::Reservations;
use crate::sold::service::Sold;
use crate::subscribers::KeepSold;
use crate::usage::service::Meter;
use crate::work::{DeleteOldUsage, ExpireReservations, ForgetUsage};
use crate::{credit, entitlement, flag, overriding, reservation, usage};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What organizations may use.
    pub entitlements: Entitlements,
    /// What staff decided for some of them.
    pub overrides: Overrides,
    /// For whom features are there.
    pub flags: Flags,
    /// What was used.
    pub meter: Meter,
    /// What is set aside.
    pub reservations: Reservations,
    /// What counts beyond limits.
    pub credits: Credits,
    sold: Sold,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: &Machinery) -> Self {
        let entitlements = Entitlements::new(machinery.clone());
        let credits = Credits::new(machinery.clone());
        let meter = Meter::new(machinery.clone(), entitlements.clone(), credits.clone());
        Self {
            overrides: Overrides::new(machinery.clone()),
            flags: Flags::new(machinery.clone()),
            reservations: Reservations::new(
                machinery.clone(),
                entitlements.clone(),
                credits.clone(),
                meter.clone(),
            ),
            sold: Sold::new(machinery.clone()),
            entitlements,
            meter,
            credits,
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        let entitlements = || self.entitlements.clone();
        entitlement::routes::routes(entitlements())
            .merge(overriding::routes::routes(self.overrides.clone()))
            .merge(flag::routes::routes(self.flags.clone()))
            .merge(credit::routes::routes(self.credits.clone(), entitlements()))
            .merge(usage::routes::routes(self.meter.clone(), entitlements()))
            .merge(reservation::routes::routes(
                self.reservations.clone(),
                entitlements(),
            ))
    }

    /// Hears of plans, subscriptions and organizations.
    pub fn keep_sold(&self) -> KeepSold {
        KeepSold(self.sold.clone())
    }

    /// Who does which job of this domain.
    pub fn register(&self, registry: &mut Registry) {
        let (meter, reservations) = (self.meter.clone(), self.reservations.clone());
        registry.on::<ExpireReservations>(ExpireReservationsHandler(reservations.clone()));
        registry.on::<ForgetUsage>(ForgetUsageHandler {
            meter: meter.clone(),
            reservations: reservations.clone(),
        });
        registry.on::<DeleteOldUsage>(DeleteOldUsageHandler { meter, reservations });
    }

    /// What happens by the clock (UTC).
    pub fn schedules() -> Result<Vec<Schedule>, ScheduleError> {
        Ok(vec![
            Schedule::new("usage.expire_reservations", "* * * * *", ExpireReservations {})?,
            Schedule::new("usage.delete_old", "37 3 * * *", DeleteOldUsage {})?,
        ])
    }
}
