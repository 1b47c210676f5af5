//! The jobs of subscriptions: what is written down when something is to be done.

use jobs::{Job, Lane};
use kernel::{OrganizationId, SubscriptionId, Timestamp};
use serde::{Deserialize, Serialize};

/// How many subscriptions a process asks providers about at once.
const AT_ONCE: usize = 4;

/// Where jobs run that wait for providers.
const LANE: Lane = Lane::new("subscriptions", AT_ONCE);

/// Ends a subscription with its period, at a provider that can only cancel at once.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct EndSubscription {
    /// Which.
    pub(crate) subscription: SubscriptionId,
    /// Whose.
    pub(crate) organization: OrganizationId,
}

/// Ends a subscription whose organization is gone.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct AbandonSubscription {
    /// Which.
    pub(crate) subscription: SubscriptionId,
    /// Whose it was.
    pub(crate) organization: OrganizationId,
}

/// Makes a subscription as many as its organization has members.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct SetSeats {
    /// Which.
    pub(crate) subscription: SubscriptionId,
    /// Whose.
    pub(crate) organization: OrganizationId,
}

/// Reminds the owners of a payment that is missing.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RemindPastDue {
    /// For which.
    pub(crate) subscription: SubscriptionId,
    /// Whose.
    pub(crate) organization: OrganizationId,
    /// Since when.
    pub(crate) since: Timestamp,
}

/// Reminds the owners of the end of a trial.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct RemindTrial {
    /// Of which.
    pub(crate) subscription: SubscriptionId,
    /// Whose.
    pub(crate) organization: OrganizationId,
    /// When it ends.
    pub(crate) trial_end: Timestamp,
}

/// Gives up what nobody has paid for in time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) struct ExpireSubscriptions {}

impl Job for EndSubscription {
    const NAME: &'static str = "subscriptions.end";
    const MAX_ATTEMPTS: u32 = 20;
    const LANE: Lane = LANE;

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for AbandonSubscription {
    const NAME: &'static str = "subscriptions.abandon";
    const MAX_ATTEMPTS: u32 = 20;
    const LANE: Lane = LANE;

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for SetSeats {
    const NAME: &'static str = "subscriptions.set_seats";
    const MAX_ATTEMPTS: u32 = 20;
    const LANE: Lane = LANE;

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for RemindPastDue {
    const NAME: &'static str = "subscriptions.remind_past_due";
    const MAX_ATTEMPTS: u32 = 10;
    const PRIORITY: i32 = 5;

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for RemindTrial {
    const NAME: &'static str = "subscriptions.remind_trial";
    const MAX_ATTEMPTS: u32 = 10;
    const PRIORITY: i32 = 5;

    fn organization(&self) -> Option<OrganizationId> {
        Some(self.organization)
    }
}

impl Job for ExpireSubscriptions {
    const NAME: &'static str = "subscriptions.expire";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
    const LANE: Lane = LANE;
}
