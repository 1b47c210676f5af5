//! The services of this domain, put together.

use web::Api;

use crate::entitlement::service::Entitlements;
use crate::flag::service::Flags;
use crate::machinery::Machinery;
use crate::overriding::service::Overrides;
use crate::sold::service::Sold;
use crate::subscribers::KeepSold;
use crate::{entitlement, flag, overriding};

/// Everything that this domain offers. Cheap to clone.
#[derive(Clone)]
pub struct Services {
    /// What organizations may use.
    pub entitlements: Entitlements,
    /// What staff decided for some of them.
    pub overrides: Overrides,
    /// For whom features are there.
    pub flags: Flags,
    sold: Sold,
}

impl Services {
    /// Services that work with `machinery`.
    pub fn new(machinery: &Machinery) -> Self {
        Self {
            entitlements: Entitlements::new(machinery.clone()),
            overrides: Overrides::new(machinery.clone()),
            flags: Flags::new(machinery.clone()),
            sold: Sold::new(machinery.clone()),
        }
    }

    /// Every operation of this domain.
    pub fn api(&self) -> Api {
        entitlement::routes::routes(self.entitlements.clone())
            .merge(overriding::routes::routes(self.overrides.clone()))
            .merge(flag::routes::routes(self.flags.clone()))
    }

    /// Hears of plans, subscriptions and organizations.
    pub fn keep_sold(&self) -> KeepSold {
        KeepSold(self.sold.clone())
    }
}
