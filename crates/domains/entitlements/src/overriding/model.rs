//! Overrides.

use kernel::{EntitlementOverrideId, FeatureKey, FeaturePeriod, OrganizationId, Timestamp, UserId};

/// What staff decided for an organization about a feature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Override {
    /// Its id.
    pub id: EntitlementOverrideId,
    /// Whose.
    pub organization: OrganizationId,
    /// Of what.
    pub feature: FeatureKey,
    /// What.
    pub content: OverrideContent,
    /// Who decided, while they have an account.
    pub created_by: Option<UserId>,
    /// Since when there is one.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What staff say about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OverrideContent {
    /// Whether it may be used.
    pub is_enabled: bool,
    /// How much of it; none for as much as they like.
    pub limit: Option<i64>,
    /// In which period; none for that of the plan.
    pub period: Option<FeaturePeriod>,
    /// Until when; none for as long as nobody says otherwise.
    pub expires_at: Option<Timestamp>,
    /// Why.
    pub reason: String,
}
