//! Use, and where it is counted.

use std::time::Duration;

use kernel::{FeatureKey, FeaturePeriod, Timestamp};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The most that is ever counted: what comes on top of it is not.
pub(crate) const MOST: i64 = 9_000_000_000_000_000_000;

/// How long ago it may have been used.
pub(crate) const LATEST: Duration = Duration::from_hours(35 * 24);

/// How far a caller's clock may be ahead.
pub(crate) const AHEAD: Duration = Duration::from_mins(5);

/// Something that was used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUsage {
    /// What.
    pub feature: FeatureKey,
    /// How much; negative for things that are no longer kept.
    pub amount: i64,
    /// What the caller knows it by: the same is counted once.
    pub idempotency_key: String,
    /// When; now when nothing is said.
    pub occurred_at: Option<Timestamp>,
}

/// What became of something that was told to be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedUsage {
    /// What.
    pub feature: FeatureKey,
    /// What the caller knows it by.
    pub idempotency_key: String,
    /// Whether it was counted.
    pub status: RecordedStatus,
}

/// Whether it was counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum RecordedStatus {
    /// It was.
    Recorded,
    /// It was told before, and nothing changed.
    Duplicate,
}

/// What was used in a period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Counter {
    /// Its id.
    pub id: Uuid,
    /// Of what.
    pub feature: FeatureKey,
    /// In which kind of period.
    pub period: FeaturePeriod,
    /// When that began.
    pub period_start: Timestamp,
    /// When it ends; none where nothing is forgotten.
    pub period_end: Option<Timestamp>,
    /// Of what the plan grants, and beyond it.
    pub used: i64,
    /// Of credits.
    pub credited: i64,
    /// What is set aside.
    pub reserved: i64,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Something that was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageEvent {
    /// Its id.
    pub id: Uuid,
    /// What.
    pub feature: FeatureKey,
    /// What the caller knows it by.
    pub idempotency_key: String,
    /// How much.
    pub amount: i64,
    /// When it was used.
    pub occurred_at: Timestamp,
    /// When it was told.
    pub recorded_at: Timestamp,
}
