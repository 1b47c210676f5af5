//! What the plans of an organization grant together.

use std::collections::BTreeMap;

use kernel::{FeatureGrant, FeatureKey, FeaturePeriod, SubscriptionId, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use super::period::Paid;
use crate::config::Patience;
use crate::sold::model::{Standing, Subscribed};

/// Where an organization is with what it pays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntitlementState {
    /// It has paid, or does not have to.
    Active,
    /// It tries.
    Trialing,
    /// A payment is missing; everything still works for a while.
    Grace,
    /// A payment has been missing for longer; what is there may be looked at.
    ReadOnly,
    /// No subscription is good for anything.
    None,
}

/// A feature that a subscription grants, or the plan of those who have none; a subscription to a plan that grants
/// nothing of what was asked for is told without a feature.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    /// The subscription; none for the plan of those who have none.
    pub subscription: Option<Subscription>,
    /// What it grants.
    pub feature: Option<(FeatureKey, FeatureGrant)>,
}

/// A subscription that may be good for something.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subscription {
    /// Which.
    pub id: SubscriptionId,
    /// How many seats, or the like.
    pub quantity: i64,
    /// What counts of it.
    pub facts: Subscribed,
}

/// What the plans of an organization grant at a moment.
#[derive(Debug, Clone)]
pub(crate) struct Plans {
    /// Where it is with what it pays.
    pub state: EntitlementState,
    /// The paid period of the subscription that it has had for longest, among those that are good for something.
    pub paid: Option<Paid>,
    /// By feature.
    pub terms: BTreeMap<FeatureKey, PlanTerms>,
}

/// How much of a feature the plans of an organization grant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PlanTerms {
    /// How much in a period; none for as much as they like.
    pub limit: Option<i64>,
    /// In which period: that of the subscription that was there first.
    pub period: FeaturePeriod,
    /// The paid period of that subscription.
    pub paid: Option<Paid>,
    /// The best standing among those that grant it.
    pub standing: Standing,
}

impl Plans {
    /// What `grants` come to. Where there is a subscription that is good for everything, the plan of those who have
    /// none does not count; where there is none, what lapsed ones granted may be looked at.
    pub(crate) fn of(mut grants: Vec<Grant>, now: Timestamp, patience: &Patience) -> Self {
        grants.sort_by_key(|grant| grant.subscription.map(|subscription| subscription.id));
        let standing_of = |grant: &Grant| match grant.subscription {
            Some(subscription) => subscription.facts.standing(now, patience),
            None => Standing::Active,
        };
        let subscriptions = grants.iter().filter(|grant| grant.subscription.is_some());
        let best = subscriptions.map(standing_of).max().unwrap_or(Standing::None);
        let mut plans = Self {
            state: EntitlementState::from(best),
            paid: None,
            terms: BTreeMap::new(),
        };
        let mut lapsed = Vec::new();
        for grant in &grants {
            let standing = standing_of(grant);
            match grant.subscription {
                None if best.is_entitled() => {}
                Some(_) if standing == Standing::ReadOnly => lapsed.push(grant),
                Some(_) if !standing.is_entitled() => {}
                _ => plans.add(grant, standing),
            }
        }
        let granted: Vec<FeatureKey> = plans.terms.keys().cloned().collect();
        for grant in lapsed {
            let is_granted = |(feature, _): &(FeatureKey, FeatureGrant)| granted.contains(feature);
            if !grant.feature.as_ref().is_some_and(is_granted) {
                plans.add(grant, Standing::ReadOnly);
            }
        }
        plans
    }

    fn add(&mut self, grant: &Grant, standing: Standing) {
        let paid = grant.subscription.and_then(|subscription| subscription.paid());
        self.paid = self.paid.or(paid);
        let Some((feature, terms)) = &grant.feature else {
            return;
        };
        let seats = grant
            .subscription
            .filter(|_| terms.is_per_seat)
            .map_or(1, |subscription| subscription.quantity);
        let limit = terms.limit.map(|limit| limit.saturating_mul(seats.max(0)));
        let known = self.terms.entry(feature.clone()).or_insert(PlanTerms {
            limit: Some(0),
            period: terms.period,
            paid,
            standing,
        });
        known.limit = match (known.limit, limit) {
            (Some(one), Some(other)) => Some(one.saturating_add(other)),
            _ => None,
        };
        known.standing = known.standing.max(standing);
    }
}

impl Subscription {
    fn paid(&self) -> Option<Paid> {
        self.facts.current_period_start.map(|start| Paid {
            start,
            end: self.facts.current_period_end,
        })
    }
}

impl From<Standing> for EntitlementState {
    fn from(standing: Standing) -> Self {
        match standing {
            Standing::Active => Self::Active,
            Standing::Trialing => Self::Trialing,
            Standing::Grace => Self::Grace,
            Standing::ReadOnly => Self::ReadOnly,
            Standing::None => Self::None,
        }
    }
}

#[cfg(test)]
mod tests;
