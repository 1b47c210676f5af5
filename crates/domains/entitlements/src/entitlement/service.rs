//! Telling what may be used.

use std::collections::{BTreeMap, BTreeSet};

use db::{DbError, Executor, ReadTx};
use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp};

use super::model::period::{Paid, Period};
use super::model::plan::{EntitlementState, Plans};
use super::model::verdict::{Checked, EntitlementReason, Terms};
use super::store::{self, Asked};
use crate::config::UpgradeUrl;
use crate::error::EntitlementError;
use crate::machinery::Machinery;

/// What organizations may use. Cheap to clone.
#[derive(Clone)]
pub struct Entitlements {
    machinery: Machinery,
}

impl Entitlements {
    /// Entitlements as `machinery` knows them.
    pub(crate) const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Whether an organization may use `amount` more of each of `features`: two reads, however many these are.
    pub async fn check(
        &self,
        organization: OrganizationId,
        features: Vec<FeatureKey>,
        amount: i64,
    ) -> Result<Checked, EntitlementError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| {
            let (state, mut terms) = this.terms_in(tx, organization, &features, now).await?;
            let verdicts = features
                .iter()
                .filter_map(|feature| Some(terms.remove(feature)?.decide(amount, now)));
            Ok(Checked {
                state,
                verdicts: verdicts.collect(),
            })
        };
        self.machinery.db.read(work).await
    }

    /// Everything that an organization may use, and what is kept from it, by name.
    pub async fn list(&self, organization: OrganizationId) -> Result<Checked, EntitlementError> {
        let (this, now) = (self.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut ReadTx| {
            let config = &this.machinery.config;
            let default_plan = config.default_plan.as_deref();
            let grants = store::list_all_grants(tx, organization, default_plan).await?;
            let plans = Plans::of(grants, now, &config.patience());
            let others = store::list_other_features(tx, organization, now).await?;
            let others = others.iter().filter_map(|feature| feature.parse().ok());
            let features: BTreeSet<FeatureKey> = plans.terms.keys().cloned().chain(others).collect();
            let features = Vec::from_iter(features);
            let terms = known_in(tx, organization, &features, &plans, now).await?;
            let verdicts = terms.into_values().map(|terms| terms.decide(1, now));
            // What is rolled out to others is none of theirs to hear of.
            let verdicts = verdicts.filter(|verdict| verdict.reason != EntitlementReason::FlagOff);
            Ok(Checked {
                state: plans.state,
                verdicts: verdicts.collect(),
            })
        };
        self.machinery.db.read(work).await
    }

    /// Refuses organizations that there are not. Staff may ask about all that there are.
    pub async fn require_organization(&self, organization: OrganizationId) -> Result<(), EntitlementError> {
        let work = async move |tx: &mut ReadTx| Ok(store::find_organization(tx, organization).await?);
        let found: Result<_, EntitlementError> = self.machinery.db.read(work).await;
        found?.map(drop).ok_or(EntitlementError::NotFound)
    }

    /// Where people go to get more.
    pub fn upgrade_url(&self) -> Option<&UpgradeUrl> {
        self.machinery.config.upgrade_url.as_ref()
    }

    /// All that is known about `features` of an organization.
    pub(crate) async fn terms_in(
        &self,
        tx: &mut impl Executor,
        organization: OrganizationId,
        features: &[FeatureKey],
        now: Timestamp,
    ) -> Result<(EntitlementState, BTreeMap<FeatureKey, Terms>), DbError> {
        let config = &self.machinery.config;
        let grants = store::list_grants(tx, organization, features, config.default_plan.as_deref()).await?;
        let plans = Plans::of(grants, now, &config.patience());
        let terms = known_in(tx, organization, features, &plans, now).await?;
        Ok((plans.state, terms))
    }
}

async fn known_in(
    tx: &mut impl Executor,
    organization: OrganizationId,
    features: &[FeatureKey],
    plans: &Plans,
    now: Timestamp,
) -> Result<BTreeMap<FeatureKey, Terms>, DbError> {
    let asked: Vec<_> = features
        .iter()
        .map(|feature| asked(feature, plans, now))
        .collect();
    let known = store::list_known(tx, organization, &asked, now).await?;
    let terms = known.into_iter().map(|known| {
        let plan = plans.terms.get(&known.feature).copied();
        let kind = known.overridden.and_then(|overridden| overridden.period);
        let kind = kind.unwrap_or_else(|| kind_of(&known.feature, plans));
        let terms = Terms {
            period: Period::at(kind, paid_of(&known.feature, plans), now),
            plan,
            overridden: known.overridden,
            flag: known.flag.map(|flag| flag.of(&known.feature, organization)),
            usage: known.usage,
            feature: known.feature,
        };
        (terms.feature.clone(), terms)
    });
    Ok(terms.collect())
}

fn asked<'a>(feature: &'a FeatureKey, plans: &Plans, now: Timestamp) -> Asked<'a> {
    let paid = paid_of(feature, plans);
    let kinds = [
        FeaturePeriod::Billing,
        FeaturePeriod::Month,
        FeaturePeriod::Day,
        FeaturePeriod::Lifetime,
    ];
    Asked {
        feature,
        period: Period::at(kind_of(feature, plans), paid, now),
        starts: kinds.map(|kind| Period::at(kind, paid, now)),
    }
}

fn kind_of(feature: &FeatureKey, plans: &Plans) -> FeaturePeriod {
    plans
        .terms
        .get(feature)
        .map(|terms| terms.period)
        .unwrap_or_default()
}

/// A feature that no plan grants is counted with the subscription all the same.
fn paid_of(feature: &FeatureKey, plans: &Plans) -> Option<Paid> {
    plans.terms.get(feature).map_or(plans.paid, |terms| terms.paid)
}
