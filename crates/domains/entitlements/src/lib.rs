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
//! | `subscribers` | [`KeepSold`]: hears of plans, subscriptions and organizations |
//! | `services` | [`Services`]: everything that this domain offers |

mod config;
mod entitlement;
mod error;
mod flag;
mod machinery;
mod overriding;
mod services;
mod sold;
mod subscribers;

#[cfg(test)]
mod tests;

pub use config::{EntitlementsConfig, UpgradeUrl, UpgradeUrlError};
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
pub use services::Services;
pub use subscribers::KeepSold;
