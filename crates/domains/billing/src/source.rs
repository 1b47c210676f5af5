//! Whose word is applied, and from when it is.

use kernel::Timestamp;

/// Where a snapshot comes from. One that was asked for before another was applied is not applied any more.
#[derive(Debug, Clone)]
pub struct Source {
    /// The provider: `stripe`.
    pub provider: &'static str,
    /// Its account.
    pub account: String,
    /// When the provider was asked, before it answered.
    pub asked_at: Timestamp,
    /// The id of our payment or subscription (`pay_…`, `sub_…`), where an event told it.
    pub reference: Option<String>,
}
