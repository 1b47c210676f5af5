//! What organizations may use beside or despite their plans, and what they use up.

use super::events;
use crate::feature::FeatureKey;
use crate::id::{CreditId, EntitlementOverrideId, OrganizationId};
use crate::time::Timestamp;

events! {
    /// Staff decided for an organization what it may use of a feature, whatever its plan says.
    EntitlementOverridden = "entitlement.overridden" {
        /// The override.
        override_id: EntitlementOverrideId,
        /// Whose.
        organization_id: OrganizationId,
        /// Of what.
        feature: FeatureKey,
        /// Whether it may be used.
        is_enabled: bool,
        /// How much of it; none for as much as they like.
        limit: Option<i64>,
        /// Until when; none for as long as nobody says otherwise.
        expires_at: Option<Timestamp>,
        /// Why.
        reason: String,
    } in organization_id on override_id;

    /// The plan decides again what an organization may use of a feature.
    EntitlementOverrideRemoved = "entitlement.override_removed" {
        /// The override.
        override_id: EntitlementOverrideId,
        /// Whose.
        organization_id: OrganizationId,
        /// Of what.
        feature: FeatureKey,
    } in organization_id on override_id;

    /// Staff decided for whom a feature is there at all.
    FeatureFlagSaved = "feature_flag.saved" {
        /// The feature.
        feature: FeatureKey,
        /// Whether it is there for anybody.
        is_enabled: bool,
        /// For how many in a hundred organizations.
        rollout_percent: i64,
        /// For these in any case.
        organization_ids: Vec<OrganizationId>,
    };

    /// A feature is there for everybody whose plan has it.
    FeatureFlagDeleted = "feature_flag.deleted" {
        /// The feature.
        feature: FeatureKey,
    };

    /// Staff gave an organization credits, which count once the limit of its plan is used up.
    CreditGranted = "credit.granted" {
        /// The credit.
        credit_id: CreditId,
        /// Whose.
        organization_id: OrganizationId,
        /// For what.
        feature: FeatureKey,
        /// How much.
        amount: i64,
        /// Until when.
        expires_at: Option<Timestamp>,
        /// Why.
        reason: String,
    } in organization_id on credit_id;

    /// An organization has used up what its plan grants of a feature; told once in a period.
    UsageLimitReached = "usage.limit_reached" {
        /// Whose.
        organization_id: OrganizationId,
        /// Of what.
        feature: FeatureKey,
        /// How much there is in a period.
        limit: i64,
        /// How much was used.
        used: i64,
        /// When the period began.
        period_start: Timestamp,
        /// When it ends; none where nothing is forgotten.
        resets_at: Option<Timestamp>,
    } in organization_id on organization_id;
}
