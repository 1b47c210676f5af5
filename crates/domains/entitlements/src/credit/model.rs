//! Credits.

use kernel::{CreditId, FeatureKey, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

/// The most that one credit, one event or one reservation may be about.
pub(crate) const LARGEST: i64 = 1_000_000_000_000;

/// So much of a feature beyond the limit of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Credit {
    /// Its id.
    pub id: CreditId,
    /// Whose.
    pub organization: OrganizationId,
    /// For what.
    pub feature: FeatureKey,
    /// How much it was.
    pub amount: i64,
    /// How much is left.
    pub remaining: i64,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
    /// Who gave it, while they have an account.
    pub granted_by: Option<UserId>,
    /// When.
    pub created_at: Timestamp,
}

/// What staff give.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCredit {
    /// For what.
    pub feature: FeatureKey,
    /// How much.
    pub amount: i64,
    /// Until when.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}

/// What was taken of a credit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// Of which.
    pub credit: CreditId,
    /// How much.
    pub amount: i64,
}
