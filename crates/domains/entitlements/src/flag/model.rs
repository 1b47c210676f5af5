//! Flags.

use kernel::{FeatureKey, OrganizationId, Timestamp};

/// For whom a feature is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag {
    /// Which.
    pub feature: FeatureKey,
    /// For whom.
    pub content: FlagContent,
    /// Since when there is a flag.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What staff say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlagContent {
    /// Whether it is there for anybody.
    pub is_enabled: bool,
    /// For how many in a hundred organizations.
    pub rollout_percent: i64,
    /// For these in any case.
    pub organizations: Vec<OrganizationId>,
    /// What it is for.
    pub description: String,
}
