//! The jobs of reconciliation.

use jobs::{Job, Lane};
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// Has what is open asked for, and the lists of providers read.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ReconcilePayments {}

/// Has what providers told in the last days compared with what is written here.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ComparePayments {}

/// Reads a provider's list of what happened.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct ReadPaymentEvents {
    /// The provider.
    pub(crate) provider: String,
    /// Its account.
    pub(crate) account: String,
    /// What for.
    pub(crate) purpose: Purpose,
    /// Where to go on; none at the beginning.
    pub(crate) place: Option<Place>,
}

/// What a list is read for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Purpose {
    /// To take in what was missed.
    CatchUp,
    /// To compare.
    Compare,
}

/// A place in a list.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Place {
    /// From when the list was asked for.
    pub(crate) since: Timestamp,
    /// When reading it began.
    pub(crate) began_at: Timestamp,
    /// The provider's word for the place.
    pub(crate) cursor: String,
    /// How many objects were found until there.
    pub(crate) found: u32,
}

impl Job for ReconcilePayments {
    const NAME: &'static str = "payments.reconcile";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}

impl Job for ComparePayments {
    const NAME: &'static str = "payments.compare";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 8;
}

impl Job for ReadPaymentEvents {
    const NAME: &'static str = "payments.read_events";
    const MAX_ATTEMPTS: u32 = 8;
    const PRIORITY: i32 = 5;
    const LANE: Lane = Lane::new("payment_lists", 2);
}

impl ReadPaymentEvents {
    /// Tells the one of an account that waits.
    pub(crate) fn key(&self) -> String {
        format!("{}|{}|{:?}", self.provider, self.account, self.purpose)
    }
}
