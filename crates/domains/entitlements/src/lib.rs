//! What organizations may use, and how much of it they have used.
//!
//! Plans and subscriptions are another domain's; what is told of them by events is kept here, in the same
//! transaction. What a subscription is good for is worked out when somebody asks, from its status and the time, so
//! that a grace ends by itself and news that never come wear it down slowly. Use is counted in rows that are named by
//! their period's beginning, so that a new period begins by itself too.
//!
//! Tables: `entitlement_plans`, `entitlement_plan_features`, `entitlement_subscriptions`, `entitlement_overrides`,
//! `entitlement_flags`, `entitlement_flag_organizations`, `usage_counters`, `usage_events`, `usage_reservations`,
//! `usage_credits`.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`EntitlementError`] |
//! | `config` | [`EntitlementsConfig`] |
//! | `machinery` | [`Machinery`]: what the services work with |
//! | `sold` | plans and subscriptions, and what these are good for at a moment |
//! | `entitlement` | [`Entitlements`]: what may be used, and why |
//! | `overriding` | [`Overrides`]: what staff decided for one organization |
//! | `flag` | [`Flags`]: for whom features are there at all |
//! | `usage` | [`Meter`]: counts what is used |
//! | `reservation` | [`Reservations`]: sets aside before something is used |
//! | `credit` | [`Credits`]: what counts beyond limits |
//! | `subscribers` | [`KeepSold`]: hears of plans, subscriptions and organizations |
//! | `work`, `jobs` | what is done in the background |
//! | `services` | [`Services`]: everything that this domain offers |

mod config;
mod credit;
mod entitlement;
mod error;
mod flag;
mod jobs;
mod machinery;
mod overriding;
mod reservation;
mod services;
mod sold;
mod subscribers;
mod usage;
mod work;

#[cfg(test)]
mod tests;

pub use config::{EntitlementsConfig, UpgradeUrl, UpgradeUrlError};
pub use credit::model::{Credit, NewCredit, Taken};
pub use credit::service::Credits;
pub use entitlement::model::period::Period;
pub use entitlement::model::plan::EntitlementState;
pub use entitlement::model::verdict::{Checked, EntitlementReason, Verdict};
pub use entitlement::service::Entitlements;
pub use error::EntitlementError;
pub use flag::model::{Flag, FlagContent};
pub use flag::service::Flags;
pub use machinery::{Machinery, MachineryParts};
pub use overriding::model::{Override, OverrideContent};
pub use overriding::service::Overrides;
pub use reservation::model::{NewReservation, Reservation, ReservationStatus};
pub use reservation::service::Reservations;
pub use services::Services;
pub use subscribers::KeepSold;
pub use usage::model::{Counter, NewUsage, RecordedStatus, RecordedUsage, UsageEvent};
pub use usage::service::Meter;
pub use work::{DeleteOldUsage, ExpireReservations, ForgetUsage};
