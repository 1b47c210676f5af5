//! Reservations.

use std::str::FromStr;
use std::time::Duration;

use kernel::{FeatureKey, FeaturePeriod, OrganizationId, Timestamp, UsageReservationId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::credit::model::Taken;

/// So much of a feature that is set aside.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Its id.
    pub id: UsageReservationId,
    /// Whose.
    pub organization: OrganizationId,
    /// Of what.
    pub feature: FeatureKey,
    /// In which kind of period it counts.
    pub period: FeaturePeriod,
    /// When that began.
    pub period_start: Timestamp,
    /// How much.
    pub amount: i64,
    /// How much of it is of what the plan grants; the rest is of credits.
    pub from_limit: i64,
    /// Of these.
    pub taken: Vec<Taken>,
    /// What became of it.
    pub status: ReservationStatus,
    /// How much was used in the end.
    pub committed_amount: Option<i64>,
    /// When it is over by itself.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

/// What is to be set aside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewReservation {
    /// Of what.
    pub feature: FeatureKey,
    /// How much.
    pub amount: i64,
    /// For how long.
    pub lasts: Duration,
}

/// What became of a reservation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ReservationStatus {
    /// It is set aside.
    Open,
    /// It was used, all of it or less.
    Committed,
    /// It was given back.
    Released,
    /// Nobody said anything in time, and it was given back.
    Expired,
}

impl Reservation {
    /// As those see it who look at `now`, before anybody has given it back.
    pub fn seen_at(mut self, now: Timestamp) -> Self {
        if self.status == ReservationStatus::Open && self.expires_at <= now {
            self.status = ReservationStatus::Expired;
            self.closed_at = Some(self.expires_at);
        }
        self
    }
}

impl ReservationStatus {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Committed => "committed",
            Self::Released => "released",
            Self::Expired => "expired",
        }
    }
}

/// A word that is none of ours.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub struct UnknownStatus;

impl FromStr for ReservationStatus {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        [Self::Open, Self::Committed, Self::Released, Self::Expired]
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownStatus)
    }
}
