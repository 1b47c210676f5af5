//! Changing what is paid again and again.

use kernel::Timestamp;
use ports::payments::{
    CancelMoment, ChangePreview, Effect, PauseMode, Proration, ProviderError, SubscriptionChange,
    SubscriptionSnapshot, SubscriptionTarget,
};

use crate::api::{Invoice, Subscription};
use crate::client::{Call, Client};
use crate::fetch;
use crate::form::Form;

use crate::snapshot;

/// Another price or quantity. With [`Proration::Now`] nothing changes unless it is paid.
pub(crate) async fn change(
    client: &Client,
    change: &SubscriptionChange,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let body = items(client, change, "items").await?;
    let body = body
        .set("proration_behavior", proration(change.proration))
        .set_some(
            "payment_behavior",
            (change.proration == Proration::Now).then_some("error_if_incomplete"),
        );
    update(client, &change.target, body).await
}

/// What that would cost.
pub(crate) async fn preview(
    client: &Client,
    change: &SubscriptionChange,
) -> Result<ChangePreview, ProviderError> {
    let body = items(client, change, "subscription_details[items]").await?;
    let body = body.set("subscription", &change.target.subscription).set(
        "subscription_details[proration_behavior]",
        proration(change.proration),
    );
    // The key is that of the change itself, and Stripe would take this for it.
    let call = Call::post(&["invoices", "create_preview"], body).without_effect();
    let invoice: Invoice = client.send(call).await?;
    snapshot::preview(&invoice).map_err(|error| Effect::None.unclear(error.to_string()))
}

/// Ends it. One that is over by now stays so.
pub(crate) async fn cancel(
    client: &Client,
    target: &SubscriptionTarget,
    moment: CancelMoment,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let id = target.subscription.as_str();
    let query = match moment {
        CancelMoment::PeriodEnd => {
            return update(client, target, Form::new().set("cancel_at_period_end", &true)).await;
        }
        CancelMoment::Now => Form::new().set("invoice_now", &false).set("prorate", &false),
    };
    let path = ["subscriptions", id];
    let call = Call::delete(&path, query).once(&target.idempotency_key);
    match client.send::<Subscription>(call).await {
        Ok(subscription) => told(&subscription),
        Err(ProviderError::NotFound) => {
            let subscription = fetch::raw_subscription(client, id).await?;
            match subscription.ended_at {
                Some(_) => told(&subscription),
                None => Err(ProviderError::NotFound),
            }
        }
        Err(error) => Err(error),
    }
}

/// Takes back a cancellation to come, and ends a pause: what there is of them, and nothing else.
pub(crate) async fn resume(
    client: &Client,
    target: &SubscriptionTarget,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let id = target.subscription.as_str();
    let subscription = fetch::raw_subscription(client, id).await?;
    if subscription.status == "paused" {
        let path = ["subscriptions", id, "resume"];
        let call = Call::post(&path, Form::new());
        return told(&client.send(call.once(&target.idempotency_key)).await?);
    }
    let is_at_period_end = subscription.cancel_at_period_end == Some(true);
    let is_at_another_time = subscription.cancel_at.is_some() && !is_at_period_end;
    let body = Form::new()
        .set_some("cancel_at_period_end", is_at_period_end.then_some(false))
        .set_some("cancel_at", is_at_another_time.then_some(""))
        .set_some(
            "pause_collection",
            subscription.pause_collection.is_some().then_some(""),
        );
    if body.is_empty() || subscription.ended_at.is_some() {
        return told(&subscription);
    }
    update(client, target, body).await
}

/// Collects nothing for a while.
pub(crate) async fn pause(
    client: &Client,
    target: &SubscriptionTarget,
    mode: PauseMode,
    resumes_at: Option<Timestamp>,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let body = Form::new()
        .set("pause_collection[behavior]", snapshot::behavior(mode))
        .set_some(
            "pause_collection[resumes_at]",
            resumes_at.map(Timestamp::unix_seconds),
        );
    update(client, target, body).await
}

async fn update(
    client: &Client,
    target: &SubscriptionTarget,
    body: Form,
) -> Result<SubscriptionSnapshot, ProviderError> {
    let path = ["subscriptions", target.subscription.as_str()];
    told(
        &client
            .send(Call::post(&path, body).once(&target.idempotency_key))
            .await?,
    )
}

fn told(subscription: &Subscription) -> Result<SubscriptionSnapshot, ProviderError> {
    snapshot::subscription(subscription).map_err(|error| Effect::Some.unclear(error.to_string()))
}

/// The item with what changes in it. Without its id Stripe would add another item beside it.
async fn items(client: &Client, change: &SubscriptionChange, name: &str) -> Result<Form, ProviderError> {
    if change.price.is_none() && change.quantity.is_none() {
        return Err(ProviderError::refused(
            "nothing_to_change",
            "a change has another price, or another quantity",
        ));
    }
    let item = match &change.item {
        Some(item) => item.clone(),
        None => only_item(client, &change.target.subscription).await?,
    };
    Ok(Form::new()
        .set(format!("{name}[0][id]"), &item)
        .set_some(format!("{name}[0][price]"), change.price.as_ref())
        .set_some(format!("{name}[0][quantity]"), change.quantity))
}

async fn only_item(client: &Client, id: &str) -> Result<String, ProviderError> {
    let subscription = fetch::raw_subscription(client, id).await?;
    match subscription.items.data.as_slice() {
        [item] if !subscription.items.has_more => Ok(item.id.clone()),
        _ => Err(ProviderError::refused(
            "ambiguous_item",
            "the subscription has several items, and none was named",
        )),
    }
}

const fn proration(proration: Proration) -> &'static str {
    match proration {
        Proration::NextInvoice => "create_prorations",
        Proration::Now => "always_invoice",
        Proration::None => "none",
    }
}
