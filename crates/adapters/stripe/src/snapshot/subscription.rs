//! What is paid again and again.

use ports::payments::{Pause, PauseMode, SubscriptionSnapshot, SubscriptionState};

use super::{Unreadable, at};
use crate::api::{self, Expandable, Item, Subscription};

/// In our words. Where a subscription has several items, it is told by its first; its period ends with the item
/// whose period ends first.
pub(crate) fn subscription(subscription: &Subscription) -> Result<SubscriptionSnapshot, Unreadable> {
    let items = &subscription.items.data;
    let item = items
        .first()
        .ok_or(Unreadable::Missing("a subscription", "its items"))?;
    let next: Option<&Item> = items
        .iter()
        .filter(|item| item.current_period_end.is_some())
        .min_by_key(|item| item.current_period_end);
    let (start, end) = match next {
        Some(item) => (item.current_period_start, item.current_period_end),
        None => (subscription.current_period_start, subscription.current_period_end),
    };
    let state = state(&subscription.status);
    let at_period_end = end.filter(|_| subscription.cancel_at_period_end == Some(true));
    let cancel_at = subscription.cancel_at.or(at_period_end);
    let customer = subscription.customer.as_ref();
    Ok(SubscriptionSnapshot {
        id: subscription.id.clone(),
        reference: api::reference(subscription.metadata.as_ref()),
        customer: api::id_of(customer),
        customer_email: customer
            .and_then(Expandable::object)
            .and_then(|customer| customer.email.clone()),
        item: Some(item.id.clone()),
        price: item.price.as_ref().map(|price| price.id.clone()),
        quantity: item.quantity,
        current_period_start: at(start),
        current_period_end: at(end),
        trial_end: at(subscription.trial_end),
        cancel_at: at(cancel_at.filter(|_| state != SubscriptionState::Canceled)),
        ended_at: at(subscription.ended_at),
        pause: subscription.pause_collection.as_ref().map(|pause| Pause {
            mode: mode(&pause.behavior),
            resumes_at: at(pause.resumes_at),
        }),
        state,
    })
}

/// While the service goes on for nothing, its bills are kept as drafts: nothing is collected, nothing is written off
/// as a bad debt, and it stays on record what was given. While it stands still there is nothing to bill for, so the
/// bills are void.
pub(crate) const fn behavior(mode: PauseMode) -> &'static str {
    match mode {
        PauseMode::Free => "keep_as_draft",
        PauseMode::Void => "void",
    }
}

/// Bills that are written off say that the service went on. For a word that is not known here it is not told that
/// the service goes on.
fn mode(behavior: &str) -> PauseMode {
    match behavior {
        "keep_as_draft" | "mark_uncollectible" => PauseMode::Free,
        _ => PauseMode::Void,
    }
}

fn state(status: &str) -> SubscriptionState {
    match status {
        "incomplete" => SubscriptionState::Incomplete,
        "trialing" => SubscriptionState::Trialing,
        "active" => SubscriptionState::Active,
        "past_due" => SubscriptionState::PastDue,
        "unpaid" => SubscriptionState::Unpaid,
        "paused" => SubscriptionState::Paused,
        "canceled" | "incomplete_expired" => SubscriptionState::Canceled,
        word => SubscriptionState::Unknown(word.to_owned()),
    }
}
