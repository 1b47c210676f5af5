//! What an operator may set for mail over the API.

/// How many recipients mail may have. Each counts, whether in one request or in many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessagingConfig {
    /// Of one organization, in an hour.
    pub organization_hourly: u32,
    /// Of one organization, in a day.
    pub organization_daily: u32,
    /// Of one key, in an hour.
    pub key_hourly: u32,
}

impl Default for MessagingConfig {
    fn default() -> Self {
        Self {
            organization_hourly: 2_000,
            organization_daily: 20_000,
            key_hourly: 2_000,
        }
    }
}
