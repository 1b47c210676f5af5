//! The section `organizations` of the configuration.

use std::time::Duration;

use serde::Deserialize;

/// What an operator may set for organizations.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct OrganizationsConfig {
    /// How long an invite holds.
    #[serde(with = "seconds")]
    pub invite_valid_for: Duration,
    /// How many invites an organization may mail in a day.
    pub invites_per_day: u32,
    /// How many invites an address may get in an hour, from all organizations together.
    pub invites_per_address: u32,
    /// How many standings are remembered at once.
    pub standings_remembered: u64,
}

impl Default for OrganizationsConfig {
    fn default() -> Self {
        Self {
            invite_valid_for: Duration::from_hours(7 * 24),
            invites_per_day: 50,
            invites_per_address: 3,
            standings_remembered: 100_000,
        }
    }
}

/// Durations as whole seconds in the configuration.
mod seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer};

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        u64::deserialize(deserializer).map(Duration::from_secs)
    }
}
