//! What is told and answered.

use garde::Validate;
use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credit::model::LARGEST;
use crate::usage::model::{Counter, NewUsage, RecordedStatus, RecordedUsage, UsageEvent};

#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct UsageQuery {
    /// The organization; a key's own when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// Only this feature.
    #[garde(skip)]
    pub(super) feature: Option<FeatureKey>,
}

/// What was used.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct RecordUsage {
    /// By whom; a key's own organization when absent.
    #[garde(skip)]
    #[serde(rename = "organization_id")]
    _organization_id: Option<OrganizationId>,
    /// What: up to 1,000.
    #[garde(length(min = 1, max = 1000), dive)]
    events: Vec<NewUsageEvent>,
}

/// Something that was used.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct NewUsageEvent {
    /// What.
    #[garde(skip)]
    feature: FeatureKey,
    /// How much; negative for things that are no longer kept, where they are counted for their lifetime.
    #[garde(range(min = -LARGEST, max = LARGEST))]
    #[schemars(extend("example" = 1))]
    amount: i64,
    /// What you know it by, the same whenever you tell of it again.
    #[garde(length(chars, min = 1, max = 255))]
    #[schemars(extend("example" = "req_8841"))]
    idempotency_key: String,
    /// When, within the last 35 days; now when absent.
    #[garde(skip)]
    occurred_at: Option<Timestamp>,
}

/// What became of what was told, in the order in which it was.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RecordedUsageBody {
    /// How many events were counted.
    #[schemars(extend("example" = 1))]
    recorded: usize,
    /// How many had been told before.
    #[schemars(extend("example" = 0))]
    duplicates: usize,
    /// Each of them.
    data: Vec<RecordedEventBody>,
}

/// What became of an event.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct RecordedEventBody {
    /// What was used.
    feature: FeatureKey,
    /// What you know it by.
    #[schemars(extend("example" = "req_8841"))]
    idempotency_key: String,
    /// Whether it was counted.
    status: RecordedStatus,
}

/// What was used of a feature in a period.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UsageBody {
    /// The feature.
    feature: FeatureKey,
    /// In which kind of period.
    period: FeaturePeriod,
    /// When it began.
    period_start: Timestamp,
    /// When it ends; null where nothing is forgotten.
    period_end: Option<Timestamp>,
    /// How much, of credits too.
    #[schemars(extend("example" = 40))]
    used: i64,
    /// How much of that was covered by credits.
    #[schemars(extend("example" = 0))]
    from_credits: i64,
    /// How much is set aside by reservations.
    #[schemars(extend("example" = 0))]
    reserved: i64,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// Something that was counted.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UsageEventBody {
    /// The feature.
    feature: FeatureKey,
    /// What its teller knows it by; the id of a reservation for what one came to.
    #[schemars(extend("example" = "req_8841"))]
    idempotency_key: String,
    /// How much.
    #[schemars(extend("example" = 1))]
    amount: i64,
    /// When it was used.
    occurred_at: Timestamp,
    /// When it was told.
    recorded_at: Timestamp,
}

impl RecordUsage {
    pub(super) fn into_new(self) -> Vec<NewUsage> {
        let events = self.events.into_iter().map(|event| NewUsage {
            feature: event.feature,
            amount: event.amount,
            idempotency_key: event.idempotency_key,
            occurred_at: event.occurred_at,
        });
        events.collect()
    }
}

impl From<Vec<RecordedUsage>> for RecordedUsageBody {
    fn from(recorded: Vec<RecordedUsage>) -> Self {
        let is_new = |one: &&RecordedUsage| one.status == RecordedStatus::Recorded;
        let number = recorded.iter().filter(is_new).count();
        Self {
            recorded: number,
            duplicates: recorded.len().saturating_sub(number),
            data: recorded
                .into_iter()
                .map(|one| RecordedEventBody {
                    feature: one.feature,
                    idempotency_key: one.idempotency_key,
                    status: one.status,
                })
                .collect(),
        }
    }
}

impl From<Counter> for UsageBody {
    fn from(counter: Counter) -> Self {
        Self {
            feature: counter.feature,
            period: counter.period,
            period_start: counter.period_start,
            period_end: counter.period_end,
            used: counter.used.saturating_add(counter.credited),
            from_credits: counter.credited,
            reserved: counter.reserved,
            updated_at: counter.updated_at,
        }
    }
}

impl From<UsageEvent> for UsageEventBody {
    fn from(event: UsageEvent) -> Self {
        Self {
            feature: event.feature,
            idempotency_key: event.idempotency_key,
            amount: event.amount,
            occurred_at: event.occurred_at,
            recorded_at: event.recorded_at,
        }
    }
}
