//! What is asked and answered.

use std::collections::BTreeSet;

use garde::Validate;
use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::config::UpgradeUrl;
use crate::entitlement::model::plan::EntitlementState;
use crate::entitlement::model::verdict::{Checked, EntitlementReason, Verdict};

/// A feature that somebody wants to use.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEntitlement {
    /// Who wants to; a key's own organization when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// What.
    #[garde(skip)]
    pub(super) feature: FeatureKey,
    /// How much of it; 1 when absent. 0 asks whether it is there at all.
    #[serde(default = "one")]
    #[garde(range(min = 0))]
    #[schemars(extend("example" = 1))]
    pub(super) amount: i64,
}

/// Features that somebody wants to use.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CheckEntitlements {
    /// Who wants to; a key's own organization when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// What: up to 50. One that is named twice is answered once.
    #[garde(length(min = 1, max = 50))]
    features: Vec<FeatureKey>,
}

const fn one() -> i64 {
    1
}

/// Whether a feature may be used.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct EntitlementCheckBody {
    /// Who asks.
    organization_id: OrganizationId,
    /// Where the organization is with what it pays.
    state: EntitlementState,
    /// The feature.
    #[serde(flatten)]
    entitlement: EntitlementBody,
}

/// What an organization may use.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct EntitlementsBody {
    /// Who.
    organization_id: OrganizationId,
    /// Where the organization is with what it pays.
    state: EntitlementState,
    /// The features.
    data: Vec<EntitlementBody>,
}

/// Whether a feature may be used, and how much of it.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct EntitlementBody {
    /// The feature.
    feature: FeatureKey,
    /// Whether it may be used, as much of it as was asked for.
    allowed: bool,
    /// Why.
    reason: EntitlementReason,
    /// How much of it may be used in a period; null for as much as one likes.
    #[schemars(extend("example" = 1000))]
    limit: Option<i64>,
    /// How much was used in this period, of credits too.
    #[schemars(extend("example" = 40))]
    used: i64,
    /// How much is set aside by reservations.
    #[schemars(extend("example" = 0))]
    reserved: i64,
    /// How much is left of credits, which count once the limit is used up.
    #[schemars(extend("example" = 0))]
    credits: i64,
    /// How much more may be used now; null for as much as one likes.
    #[schemars(extend("example" = 960))]
    remaining: Option<i64>,
    /// In which periods it is counted.
    period: FeaturePeriod,
    /// When this period began.
    period_start: Timestamp,
    /// When the next one begins; null where nothing is forgotten, and where it is not known yet.
    resets_at: Option<Timestamp>,
    /// Where to get more; null where it is allowed, and where the operator names no place.
    #[schemars(extend("format" = "uri", "example" = "https://app.example.com/upgrade?feature=api_calls"))]
    upgrade_url: Option<String>,
}

impl CheckEntitlements {
    pub(super) fn into_features(self) -> Vec<FeatureKey> {
        let mut seen = BTreeSet::new();
        let mut features = self.features;
        features.retain(|feature| seen.insert(feature.clone()));
        features
    }
}

impl EntitlementCheckBody {
    pub(super) fn of(
        organization_id: OrganizationId,
        checked: Checked,
        url: Option<&UpgradeUrl>,
    ) -> Option<Self> {
        let verdict = checked.verdicts.into_iter().next()?;
        Some(Self {
            organization_id,
            state: checked.state,
            entitlement: EntitlementBody::of(organization_id, verdict, url),
        })
    }
}

impl EntitlementsBody {
    pub(super) fn of(organization_id: OrganizationId, checked: Checked, url: Option<&UpgradeUrl>) -> Self {
        let verdicts = checked.verdicts.into_iter();
        let data = verdicts.map(|verdict| EntitlementBody::of(organization_id, verdict, url));
        Self {
            organization_id,
            state: checked.state,
            data: data.collect(),
        }
    }
}

impl EntitlementBody {
    fn of(organization: OrganizationId, verdict: Verdict, url: Option<&UpgradeUrl>) -> Self {
        let url = url.filter(|_| !verdict.is_allowed);
        Self {
            upgrade_url: url.map(|url| url.of(organization, &verdict.feature)),
            feature: verdict.feature,
            allowed: verdict.is_allowed,
            reason: verdict.reason,
            limit: verdict.limit,
            used: verdict.used,
            reserved: verdict.reserved,
            credits: verdict.credits,
            remaining: verdict.remaining,
            period: verdict.period.kind,
            period_start: verdict.period.start,
            resets_at: verdict.resets_at,
        }
    }
}
