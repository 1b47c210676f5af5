//! What is sold, and who has subscribed to it.

use std::collections::BTreeMap;

use super::events;
use crate::feature::{FeatureGrant, FeatureKey};
use crate::id::{OrganizationId, PlanId, PriceId, SubscriptionId, UserId};
use crate::time::Timestamp;

events! {
    /// A plan was made or changed: what it grants from now on, to all who have it.
    PlanSaved = "plan.saved" {
        /// The plan.
        plan_id: PlanId,
        /// Its key.
        key: String,
        /// Its name.
        name: String,
        /// What it grants.
        features: BTreeMap<FeatureKey, FeatureGrant>,
        /// Whether it can be subscribed to.
        is_active: bool,
    } on plan_id;

    /// A subscription was started; nothing is paid yet.
    SubscriptionCreated = "subscription.created" {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// Whose.
        organization_id: OrganizationId,
        /// To which plan.
        plan_id: PlanId,
        /// At which price.
        price_id: PriceId,
        /// How many seats, or the like.
        quantity: i64,
        /// Who started it.
        created_by: Option<UserId>,
    } in organization_id on subscription_id;

    /// Anything about a subscription changed: all that counts for what may be used.
    SubscriptionUpdated = "subscription.updated" {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// Whose.
        organization_id: OrganizationId,
        /// To which plan.
        plan_id: PlanId,
        /// `incomplete`, `trialing`, `active`, `past_due`, `unpaid`, `paused`, `canceled`, `expired`, `needs_review`.
        status: String,
        /// How many seats, or the like.
        quantity: i64,
        /// When the present period began.
        current_period_start: Option<Timestamp>,
        /// When it ends.
        current_period_end: Option<Timestamp>,
        /// When the trial ends.
        trial_end: Option<Timestamp>,
        /// When the subscription will end.
        cancel_at: Option<Timestamp>,
        /// Since when a payment is missing.
        past_due_since: Option<Timestamp>,
        /// While it is paused: `free` where the service goes on, `void` where it does not.
        pause_mode: Option<String>,
        /// Its place among all changes of this subscription.
        version: i64,
    } in organization_id on subscription_id;

    /// A subscription will end.
    SubscriptionCancellationScheduled = "subscription.cancellation_scheduled" {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// Whose.
        organization_id: OrganizationId,
        /// When.
        cancel_at: Timestamp,
    } in organization_id on subscription_id;

    /// A subscription is over.
    SubscriptionCanceled = "subscription.canceled" {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// Whose.
        organization_id: OrganizationId,
    } in organization_id on subscription_id;

    /// A payment for a subscription is missing.
    SubscriptionPastDue = "subscription.past_due" {
        /// The subscription.
        subscription_id: SubscriptionId,
        /// Whose.
        organization_id: OrganizationId,
        /// Since when.
        past_due_since: Timestamp,
    } in organization_id on subscription_id as Failure;
}
