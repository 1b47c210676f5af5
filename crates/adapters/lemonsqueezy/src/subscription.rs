//! Changes of subscriptions (<https://docs.lemonsqueezy.com/api/subscriptions/update-subscription>).

use kernel::Timestamp;
use ports::http::HttpMethod;
use ports::payments::{
    PauseMode, Proration, ProviderError, SubscriptionChange, SubscriptionSnapshot, SubscriptionState,
};
use serde_json::{Map, Value, json};

use crate::api::{Attributes, Item, Resource, Subscription};
use crate::ask::Api;
use crate::checkout::{number, seconds};
use crate::config::Account;
use crate::fetch;
use crate::snapshot::{self, is_number};

/// Changes the variant, the quantity or both, each by a request of its own.
pub(crate) async fn change(
    api: &Api,
    account: &Account,
    change: &SubscriptionChange,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let id = id(&change.target.subscription)?;
    let variant = change.price.as_deref().map(number).transpose()?;
    let Some(quantity) = change.quantity else {
        return match variant {
            Some(variant) => change_variant(api, account, id, variant, change.proration).await,
            None => snapshot::subscription(&fetch::subscription(api, account, id).await?),
        };
    };
    let item = match &change.item {
        Some(item) if is_number(item) => item.clone(),
        Some(_) => {
            return Err(ProviderError::refused(
                "item",
                "the number of an item is expected".to_owned(),
            ));
        }
        None => only_item(&fetch::subscription(api, account, id).await?)?,
    };
    let Some(variant) = variant else {
        return change_quantity(api, account, &item, quantity, change.proration).await;
    };
    change_variant(api, account, id, variant, change.proration).await?;
    // Half of it has happened: whatever went wrong with the other half, it has to be looked at.
    change_quantity(api, account, &item, quantity, change.proration)
        .await
        .map_err(|error| {
            ProviderError::OutcomeUnknown(format!("the variant is changed, the quantity perhaps: {error}"))
        })
}

async fn change_variant(
    api: &Api,
    account: &Account,
    id: &str,
    variant: u64,
    proration: Proration,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let mut attributes = Map::new();
    attributes.insert("variant_id".to_owned(), json!(variant));
    match proration {
        Proration::NextInvoice => {}
        Proration::Now => {
            attributes.insert("invoice_immediately".to_owned(), json!(true));
        }
        Proration::None => {
            attributes.insert("disable_prorations".to_owned(), json!(true));
        }
    }
    update(api, account, id, Value::Object(attributes)).await
}

async fn change_quantity(
    api: &Api,
    account: &Account,
    item: &str,
    quantity: u32,
    proration: Proration,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let body = json!({
        "data": {
            "type": Item::KIND,
            "id": item,
            "attributes": {
                "quantity": quantity,
                "invoice_immediately": proration == Proration::Now,
                "disable_prorations": proration == Proration::None,
            },
        },
    });
    let changed = api
        .change::<Item>(HttpMethod::Patch, &[Item::KIND, item], Some(body))
        .await?
        .attributes;
    let subscription = fetch::subscription(api, account, &changed.subscription_id.0).await;
    let snapshot = subscription.and_then(|subscription| snapshot::subscription(&subscription));
    // The change itself is made by now. The subscription may tell the old quantity for some seconds.
    let snapshot = snapshot.map_err(|error| after_change(&error))?;
    Ok(SubscriptionSnapshot {
        quantity: Some(changed.quantity),
        ..snapshot
    })
}

/// Ends with the period that is paid for: there is no other end.
pub(crate) async fn cancel(
    api: &Api,
    account: &Account,
    subscription: &str,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let id = id(subscription)?;
    let path = [Subscription::KIND, id];
    let ended = api.change(HttpMethod::Delete, &path, None).await?;
    read(account, &ended)
}

/// Takes a cancellation back, and ends a pause: each where it is there.
pub(crate) async fn resume(
    api: &Api,
    account: &Account,
    subscription: &str,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let id = id(subscription)?;
    let found = fetch::subscription(api, account, id).await?;
    let mut now = snapshot::subscription(&found)?;
    if now.state == SubscriptionState::Canceled {
        return Err(ProviderError::refused(
            "expired",
            "the subscription is over".to_owned(),
        ));
    }
    if now.cancel_at.is_some() {
        now = update(api, account, id, json!({ "cancelled": false })).await?;
    }
    if now.pause.is_some() || now.state == SubscriptionState::Paused {
        now = update(api, account, id, json!({ "pause": null })).await?;
    }
    Ok(now)
}

/// Collects nothing until it is resumed.
pub(crate) async fn pause(
    api: &Api,
    account: &Account,
    subscription: &str,
    mode: PauseMode,
    resumes_at: Option<Timestamp>,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let mode = match mode {
        PauseMode::Free => "free",
        PauseMode::Void => "void",
    };
    let mut pause = Map::new();
    pause.insert("mode".to_owned(), json!(mode));
    if let Some(time) = resumes_at {
        pause.insert("resumes_at".to_owned(), json!(seconds(time)));
    }
    update(api, account, id(subscription)?, json!({ "pause": pause })).await
}

async fn update(
    api: &Api,
    account: &Account,
    id: &str,
    attributes: Value,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let body = json!({
        "data": { "type": Subscription::KIND, "id": id, "attributes": attributes },
    });
    let path = [Subscription::KIND, id];
    let updated = api.change(HttpMethod::Patch, &path, Some(body)).await?;
    read(account, &updated)
}

/// An answer to a change.
fn read(account: &Account, changed: &Resource<Subscription>) -> Result<SubscriptionSnapshot, ProviderError> {
    account
        .belongs(changed.attributes.test_mode, changed.attributes.store_id.as_ref())
        .and_then(|()| snapshot::subscription(changed))
        .map_err(|error| after_change(&error))
}

/// What goes wrong after a change does not say that nothing was changed.
pub(crate) fn after_change(error: &ProviderError) -> ProviderError {
    ProviderError::OutcomeUnknown(format!("the change is made, and then: {error}"))
}

fn id(subscription: &str) -> Result<&str, ProviderError> {
    is_number(subscription)
        .then_some(subscription)
        .ok_or(ProviderError::NotFound)
}

fn only_item(subscription: &Resource<Subscription>) -> Result<String, ProviderError> {
    let item = subscription.attributes.first_subscription_item.as_ref();
    item.map(|item| item.id.0.clone())
        .ok_or_else(|| ProviderError::Unavailable("a subscription that has no item".to_owned()))
}
