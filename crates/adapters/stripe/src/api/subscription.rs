//! What is paid again and again.

use serde::Deserialize;

use super::{Customer, Expandable, List, Metadata, Named};

/// `subscription`.
#[derive(Debug, Deserialize)]
pub(crate) struct Subscription {
    pub(crate) id: String,
    pub(crate) status: String,
    pub(crate) customer: Option<Expandable<Customer>>,
    pub(crate) items: List<Item>,
    /// Before the release basil; then it is with the items.
    pub(crate) current_period_start: Option<i64>,
    /// Before the release basil; then it is with the items.
    pub(crate) current_period_end: Option<i64>,
    pub(crate) cancel_at_period_end: Option<bool>,
    pub(crate) cancel_at: Option<i64>,
    pub(crate) ended_at: Option<i64>,
    pub(crate) trial_end: Option<i64>,
    pub(crate) pause_collection: Option<PauseCollection>,
    pub(crate) metadata: Option<Metadata>,
}

/// `subscription_item`.
#[derive(Debug, Deserialize)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) price: Option<Named>,
    pub(crate) quantity: Option<u32>,
    pub(crate) current_period_start: Option<i64>,
    pub(crate) current_period_end: Option<i64>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct PauseCollection {
    pub(crate) behavior: String,
    pub(crate) resumes_at: Option<i64>,
}
