//! What is sent and answered about plans.

use std::collections::BTreeMap;

use garde::Validate;
use kernel::{Currency, PlanId, PriceId, Timestamp};
use kernel::{FeatureGrant, FeatureKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::BillingError;
use crate::plan::model::{Interval, NewPrice, Period, Plan, PlanContent, PlanKey, Price, Viewer};

/// Something that organizations subscribe to.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanBody {
    /// Its id.
    id: PlanId,
    /// Its name in programs.
    #[schemars(extend("example" = "pro"))]
    key: String,
    /// What it is called.
    #[schemars(extend("example" = "Pro"))]
    name: String,
    /// What it is, in some words.
    #[schemars(extend("example" = "For teams"))]
    description: String,
    /// What it grants, by the names of the features.
    #[schemars(
        with = "BTreeMap<String, FeatureGrant>",
        extend("example" = {"api_calls": {"limit": 10000, "is_per_seat": false, "period": "billing"}})
    )]
    features: BTreeMap<FeatureKey, FeatureGrant>,
    /// How many days cost nothing at first.
    #[schemars(extend("example" = 14))]
    trial_days: u32,
    /// Whether it can be subscribed to.
    is_active: bool,
    /// Whether everybody sees it.
    is_public: bool,
    /// Its place among the others; lower comes first.
    #[schemars(extend("example" = 10))]
    rank: i64,
    /// What it costs.
    prices: Vec<PlanPriceBody>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// What a plan costs.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanPriceBody {
    /// Its id.
    id: PriceId,
    /// Of which plan.
    plan_id: PlanId,
    /// What one of it costs in a period, in the minor unit of the currency.
    #[schemars(extend("example" = 1999))]
    amount: i64,
    /// Of what.
    currency: Currency,
    /// The unit of a period; null where it is paid once.
    interval: Option<Interval>,
    /// How many of it are a period.
    #[schemars(extend("example" = 1))]
    interval_count: u32,
    /// Whether it can be subscribed to.
    is_active: bool,
    /// Through which providers it can be subscribed to.
    #[schemars(extend("example" = ["stripe"]))]
    providers: Vec<String>,
    /// What providers call it; shown to staff, and empty for others.
    references: Vec<PlanPriceReferenceBody>,
    /// When it was made.
    created_at: Timestamp,
}

/// What a provider calls a price.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct PlanPriceReferenceBody {
    /// The provider.
    #[schemars(extend("example" = "stripe"))]
    provider: String,
    /// Its account.
    #[schemars(extend("example" = "acct_1032D82eZvKYlo2C"))]
    account: String,
    /// The id there.
    #[schemars(extend("example" = "price_1MoBy5LkdIwHu7ixZhnattbh"))]
    reference: String,
}

/// A plan to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePlan {
    /// Its name in programs, for good: lower-case letters, digits, `_` and `-`, a letter first.
    #[garde(length(bytes, min = 1, max = 64))]
    #[schemars(extend("example" = "pro", "pattern" = "^[a-z][a-z0-9_-]{0,63}$"))]
    key: String,
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Pro"))]
    name: String,
    /// What it is, in some words.
    #[serde(default)]
    #[garde(length(chars, max = 2000))]
    #[schemars(extend("example" = "For teams"))]
    description: String,
    /// What it grants, by the names of the features: lower-case letters, digits, `_` and `.`, a letter first.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(
        with = "BTreeMap<String, FeatureGrant>",
        extend("example" = {"api_calls": {"limit": 10000, "is_per_seat": false, "period": "billing"}})
    )]
    features: BTreeMap<FeatureKey, FeatureGrant>,
    /// How many days cost nothing at first, where the provider can do so.
    #[serde(default)]
    #[garde(range(max = 730))]
    #[schemars(extend("example" = 14))]
    trial_days: u32,
    /// Whether everybody sees it.
    #[serde(default = "yes")]
    #[garde(skip)]
    is_public: bool,
    /// Its place among the others; lower comes first.
    #[serde(default)]
    #[garde(range(min = -1_000_000, max = 1_000_000))]
    #[schemars(extend("example" = 10))]
    rank: i64,
}

/// What is to be said about a plan from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdatePlan {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Pro"))]
    name: String,
    /// What it is, in some words.
    #[serde(default)]
    #[garde(length(chars, max = 2000))]
    #[schemars(extend("example" = "For teams"))]
    description: String,
    /// What it grants, by the names of the features; what is not named is not granted.
    #[serde(default)]
    #[garde(skip)]
    #[schemars(
        with = "BTreeMap<String, FeatureGrant>",
        extend("example" = {"api_calls": {"limit": 10000, "is_per_seat": false, "period": "billing"}})
    )]
    features: BTreeMap<FeatureKey, FeatureGrant>,
    /// How many days cost nothing at first, where the provider can do so.
    #[serde(default)]
    #[garde(range(max = 730))]
    #[schemars(extend("example" = 14))]
    trial_days: u32,
    /// Whether everybody sees it.
    #[serde(default = "yes")]
    #[garde(skip)]
    is_public: bool,
    /// Its place among the others; lower comes first.
    #[serde(default)]
    #[garde(range(min = -1_000_000, max = 1_000_000))]
    #[schemars(extend("example" = 10))]
    rank: i64,
}

/// A price to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreatePlanPrice {
    /// What one of it costs in a period, in the minor unit of the currency.
    #[garde(range(min = 0, max = 99_999_999_999_i64))]
    #[schemars(extend("example" = 1999))]
    amount: i64,
    /// Of what.
    #[garde(skip)]
    currency: Currency,
    /// The unit of a period; without it the price is paid once.
    #[garde(skip)]
    interval: Option<Interval>,
    /// How many of it are a period, up to three years in all.
    #[serde(default = "one")]
    #[garde(range(min = 1, max = 36))]
    #[schemars(extend("example" = 1))]
    interval_count: u32,
}

/// What a provider calls a price.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct SetPlanPriceReference {
    /// The id at the provider.
    #[garde(length(bytes, min = 1, max = 255))]
    #[schemars(extend("example" = "price_1MoBy5LkdIwHu7ixZhnattbh"))]
    reference: String,
}

const fn yes() -> bool {
    true
}

const fn one() -> u32 {
    1
}

impl CreatePlan {
    pub(super) fn wish(self) -> Result<(PlanKey, PlanContent), BillingError> {
        let key = self.key.parse::<PlanKey>();
        let key = key.map_err(|error| BillingError::field("/key", "invalid", error.to_string()))?;
        let content = PlanContent {
            name: self.name.trim().to_owned(),
            description: self.description,
            features: self.features,
            trial_days: self.trial_days,
            is_public: self.is_public,
            rank: self.rank,
        };
        Ok((key, content.checked()?))
    }
}

impl UpdatePlan {
    pub(super) fn wish(self) -> Result<PlanContent, BillingError> {
        let content = PlanContent {
            name: self.name.trim().to_owned(),
            description: self.description,
            features: self.features,
            trial_days: self.trial_days,
            is_public: self.is_public,
            rank: self.rank,
        };
        content.checked()
    }
}

impl SetPlanPriceReference {
    pub(super) fn wish(self) -> Result<String, BillingError> {
        if self.reference.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Ok(self.reference);
        }
        let detail = "visible ASCII characters are expected";
        Err(BillingError::field("/reference", "invalid", detail))
    }
}

impl CreatePlanPrice {
    pub(super) fn wish(self) -> Result<NewPrice, BillingError> {
        let is_too_long = match self.interval {
            Some(Interval::Year) => self.interval_count > 3,
            None => self.interval_count > 1,
            _ => false,
        };
        if is_too_long {
            let detail = "a period is three years at most, and needs an interval";
            return Err(BillingError::field("/interval_count", "out_of_range", detail));
        }
        let count = self.interval_count;
        let period = self.interval.map(|interval| Period { interval, count });
        Ok(NewPrice::new(self.amount, self.currency, period))
    }
}

impl PlanBody {
    pub(super) fn seen_by(viewer: Viewer, plan: Plan) -> Self {
        let prices = plan.prices.into_iter();
        Self {
            id: plan.id,
            key: plan.key.to_string(),
            name: plan.content.name,
            description: plan.content.description,
            features: plan.content.features,
            trial_days: plan.content.trial_days,
            is_active: plan.is_active,
            is_public: plan.content.is_public,
            rank: plan.content.rank,
            prices: prices
                .map(|price| PlanPriceBody::seen_by(viewer, price))
                .collect(),
            created_at: plan.created_at,
            updated_at: plan.updated_at,
        }
    }
}

impl PlanPriceBody {
    pub(super) fn seen_by(viewer: Viewer, price: Price) -> Self {
        let mut providers: Vec<String> = price
            .references
            .iter()
            .map(|known| known.provider.clone())
            .collect();
        providers.dedup();
        let references = price.references.into_iter().filter(|_| viewer == Viewer::Staff);
        Self {
            id: price.id,
            plan_id: price.plan,
            amount: price.amount.minor(),
            currency: price.amount.currency(),
            interval: price.period.map(|period| period.interval),
            interval_count: price.period.map_or(1, |period| period.count),
            is_active: price.is_active,
            providers,
            references: references
                .map(|known| PlanPriceReferenceBody {
                    provider: known.provider,
                    account: known.account,
                    reference: known.reference,
                })
                .collect(),
            created_at: price.created_at,
        }
    }
}
