//! Whether so much of a feature may be used.

use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::period::Period;
use super::plan::{EntitlementState, PlanTerms};
use crate::sold::model::Standing;

/// Why it may be used or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntitlementReason {
    /// The plan grants it.
    Granted,
    /// The plan does not.
    NotInPlan,
    /// The plan grants no more of it in this period.
    LimitReached,
    /// The plan grants it, though a payment is missing.
    PastDueGrace,
    /// A payment has been missing for too long.
    ReadOnly,
    /// Staff denied it.
    DeniedByOverride,
    /// Staff granted it.
    GrantedByOverride,
    /// It is not there for this organization yet.
    FlagOff,
    /// Credits cover what the plan does not.
    Credits,
}

/// All that is known about a feature of an organization.
#[derive(Debug, Clone)]
pub(crate) struct Terms {
    /// Which.
    pub feature: FeatureKey,
    /// When it is counted.
    pub period: Period,
    /// What the plans grant.
    pub plan: Option<PlanTerms>,
    /// What staff decided.
    pub overridden: Option<Overridden>,
    /// For whom it is there.
    pub flag: Option<Flagged>,
    /// What was used.
    pub usage: Usage,
}

/// What staff decided for an organization.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Overridden {
    /// Whether it may be used.
    pub is_enabled: bool,
    /// How much of it; none for as much as they like.
    pub limit: Option<i64>,
    /// In which period; none for that of the plan.
    pub period: Option<FeaturePeriod>,
}

/// For whom a feature is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Flagged {
    /// Whether it is there for the organization.
    pub is_on: bool,
    /// Whether any plan grants it: what none does is granted by its flag.
    pub is_sold: bool,
}

/// What was used in a period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Usage {
    /// Of what is granted.
    pub used: i64,
    /// Of credits.
    pub credited: i64,
    /// What is set aside.
    pub reserved: i64,
    /// What is left of credits.
    pub credits: i64,
}

/// How much may be used in a period, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Ceiling {
    /// None for as much as they like.
    pub limit: Option<i64>,
    /// Whether that is all: credits don't count either.
    pub is_final: bool,
    /// Why.
    pub reason: EntitlementReason,
}

/// Whether so much may be used.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// Of what.
    pub feature: FeatureKey,
    /// Whether it may.
    pub is_allowed: bool,
    /// Why.
    pub reason: EntitlementReason,
    /// How much may be used in a period; none for as much as they like.
    pub limit: Option<i64>,
    /// How much was used in this period, of credits too.
    pub used: i64,
    /// What is set aside.
    pub reserved: i64,
    /// What is left of credits.
    pub credits: i64,
    /// How much more may be used; none for as much as they like.
    pub remaining: Option<i64>,
    /// When it is counted.
    pub period: Period,
    /// When it is counted anew, where that is known.
    pub resets_at: Option<Timestamp>,
}

/// Verdicts about features of one organization.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Where it is with what it pays.
    pub state: EntitlementState,
    /// In the order in which they were asked for.
    pub verdicts: Vec<Verdict>,
}

impl EntitlementReason {
    /// As the API spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Granted => "granted",
            Self::NotInPlan => "not_in_plan",
            Self::LimitReached => "limit_reached",
            Self::PastDueGrace => "past_due_grace",
            Self::ReadOnly => "read_only",
            Self::DeniedByOverride => "denied_by_override",
            Self::GrantedByOverride => "granted_by_override",
            Self::FlagOff => "flag_off",
            Self::Credits => "credits",
        }
    }
}

impl Terms {
    /// What may be used, before anything was: what staff decided comes first, then whether the feature is there,
    /// then the plan.
    pub(crate) fn ceiling(&self) -> Ceiling {
        let denied = |reason| Ceiling {
            limit: Some(0),
            is_final: true,
            reason,
        };
        let granted = |limit, reason| Ceiling {
            limit,
            is_final: false,
            reason,
        };
        match (self.overridden, self.flag, self.plan) {
            (
                Some(Overridden {
                    is_enabled: false, ..
                }),
                _,
                _,
            ) => denied(EntitlementReason::DeniedByOverride),
            (Some(overridden), _, _) => granted(overridden.limit, EntitlementReason::GrantedByOverride),
            (None, Some(Flagged { is_on: false, .. }), _) => denied(EntitlementReason::FlagOff),
            (None, Some(Flagged { is_sold: false, .. }), _) => granted(None, EntitlementReason::Granted),
            (None, _, None) => granted(Some(0), EntitlementReason::NotInPlan),
            (None, _, Some(plan)) => match plan.standing {
                Standing::Active | Standing::Trialing => granted(plan.limit, EntitlementReason::Granted),
                Standing::Grace => granted(plan.limit, EntitlementReason::PastDueGrace),
                Standing::ReadOnly => granted(Some(0), EntitlementReason::ReadOnly),
                Standing::None => granted(Some(0), EntitlementReason::NotInPlan),
            },
        }
    }

    /// Whether `amount` more may be used. Nothing may be used of what is not there, so that 0 asks for that.
    pub(crate) fn decide(&self, amount: i64, now: Timestamp) -> Verdict {
        let (ceiling, usage) = (self.ceiling(), self.usage);
        let credits = if ceiling.is_final { 0 } else { usage.credits };
        let (is_allowed, reason, remaining) = match ceiling.limit {
            None => (true, ceiling.reason, None),
            Some(limit) => {
                let room = usage.room(limit);
                let left = room.saturating_add(credits);
                let (is_allowed, reason) = if limit > 0 && amount <= room {
                    (true, ceiling.reason)
                } else if credits > 0 && amount <= left {
                    (true, EntitlementReason::Credits)
                } else {
                    (false, ceiling.refusal())
                };
                (is_allowed, reason, Some(left))
            }
        };
        Verdict {
            feature: self.feature.clone(),
            is_allowed,
            reason,
            limit: ceiling.limit,
            used: usage.used.saturating_add(usage.credited),
            reserved: usage.reserved,
            credits,
            remaining,
            period: self.period,
            resets_at: self.period.resets_at(now),
        }
    }
}

impl Ceiling {
    /// Why nothing more may be used.
    pub(crate) const fn refusal(self) -> EntitlementReason {
        match (self.limit, self.reason) {
            (Some(0), EntitlementReason::Granted | EntitlementReason::PastDueGrace) => {
                EntitlementReason::NotInPlan
            }
            (
                _,
                EntitlementReason::NotInPlan
                | EntitlementReason::ReadOnly
                | EntitlementReason::DeniedByOverride
                | EntitlementReason::FlagOff,
            ) => self.reason,
            _ => EntitlementReason::LimitReached,
        }
    }
}

impl Usage {
    /// What is left of a limit.
    pub(crate) fn room(&self, limit: i64) -> i64 {
        let taken = self.used.saturating_add(self.reserved);
        limit.saturating_sub(taken).max(0)
    }
}

/// Whether an organization is among the first `percent` in a hundred that get a feature. Who is among them stays so
/// while the number grows, and others come first with every other feature.
pub(crate) fn is_rolled_out(feature: &FeatureKey, organization: OrganizationId, percent: i64) -> bool {
    let digest = Sha256::new()
        .chain_update(feature.as_str())
        .chain_update([0])
        .chain_update(organization.uuid().as_bytes())
        .finalize();
    let number = digest
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    i64::try_from(number % 100).is_ok_and(|place| place < percent)
}

#[cfg(test)]
mod tests;
