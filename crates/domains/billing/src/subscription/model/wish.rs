//! What somebody asks for.

use std::collections::BTreeMap;

use kernel::{EmailAddress, OrganizationId, PriceId};
use ports::payments::Proration;

/// A subscription to be started.
#[derive(Debug, Clone)]
pub(crate) struct SubscriptionWish {
    /// Whose.
    pub(crate) organization: OrganizationId,
    /// At which price.
    pub(crate) price: PriceId,
    /// Through whom.
    pub(crate) provider: String,
    /// How many; one where nothing is said, or as many as there are members.
    pub(crate) quantity: Option<u32>,
    /// Whether there are to be as many as there are members.
    pub(crate) follows_members: bool,
    /// Whether it begins with the days of the plan that cost nothing; where nothing is said, if it can.
    pub(crate) trial: Option<bool>,
    /// Where the buyer comes back to.
    pub(crate) success_url: Option<String>,
    /// Where a buyer comes back to who did not pay.
    pub(crate) cancel_url: Option<String>,
    /// Where receipts go.
    pub(crate) customer_email: Option<EmailAddress>,
    /// What is to be remembered.
    pub(crate) metadata: BTreeMap<String, String>,
}

/// Another price or quantity.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChangeWish {
    /// At which price from now on.
    pub(crate) price: Option<PriceId>,
    /// How many from now on.
    pub(crate) quantity: Option<u32>,
    /// How the rest of the period is settled; where nothing is said, with the next invoice if the provider can.
    pub(crate) proration: Option<Proration>,
}
