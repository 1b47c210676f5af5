//! Pages where something is paid.

use std::time::Duration;

use kernel::Timestamp;
use ports::payments::{Checkout, CheckoutRequest, Effect, ProviderError, Purpose};
use url::Url;

use crate::amount;
use crate::api::{self, CheckoutSession};
use crate::client::{Call, Client};
use crate::form::Form;

/// How soon a page may close, and how late. A minute is left for clocks that differ.
const SOONEST: Duration = Duration::from_mins(31);
const LATEST: Duration = Duration::from_mins(24 * 60 - 1);

/// To what a time is moved that Stripe would not take.
const QUARTER: i64 = 15 * 60;

/// Makes a page.
pub(crate) async fn create(client: &Client, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
    let closes = closes_at(request.expires_at, client.clock.now());
    let body = body(request, closes.seconds)?;
    // A time that had to be moved is another one in the next quarter of an hour, and Stripe would refuse the same key
    // for it. The page of the old key was never told to anybody.
    let moved = closes.is_moved.then(|| format!(":{}", closes.seconds));
    let key = format!("{}{}", request.idempotency_key, moved.unwrap_or_default());
    let session: CheckoutSession = client
        .send(Call::post(&["checkout", "sessions"], body).once(&key))
        .await?;
    let url: Option<Url> = session.url.as_deref().and_then(|url| url.parse().ok());
    Ok(Checkout {
        url: url
            .ok_or_else(|| Effect::Some.unclear("Stripe answers a checkout without its URL".to_owned()))?,
        expires_at: session.expires_at.and_then(Timestamp::from_unix_seconds),
        customer: api::id_of(session.customer.as_ref()),
        id: Some(session.id),
    })
}

/// Closes a page; one that is closed by now stays so.
pub(crate) async fn expire(client: &Client, id: &str) -> Result<(), ProviderError> {
    let path = ["checkout", "sessions", id, "expire"];
    let refusal = match client
        .send::<CheckoutSession>(Call::post(&path, Form::new()))
        .await
    {
        Ok(session) if is_expired(&session) => return Ok(()),
        Ok(_) => return Err(Effect::Some.unclear("Stripe did not close the checkout".to_owned())),
        Err(refusal @ ProviderError::Refused { .. }) => refusal,
        Err(error) => return Err(error),
    };
    let session = client
        .send(Call::get(&["checkout", "sessions", id], Form::new()))
        .await?;
    if is_expired(&session) {
        Ok(())
    } else {
        Err(refusal)
    }
}

fn is_expired(session: &CheckoutSession) -> bool {
    session.status.as_deref() == Some("expired")
}

fn body(request: &CheckoutRequest, expires_at: i64) -> Result<Form, ProviderError> {
    let (mode, kept, copied_to) = match &request.purpose {
        Purpose::Payment { .. } => ("payment", api::PAYMENT, "payment_intent_data"),
        Purpose::Subscription { .. } => ("subscription", api::SUBSCRIPTION, "subscription_data"),
    };
    let mut metadata = request.metadata.clone();
    metadata.retain(|key, _| !api::OURS.contains(&key.as_str()));
    metadata.insert(kept.to_owned(), request.reference.clone());
    metadata.insert(api::ORGANIZATION.to_owned(), request.organization.clone());
    if metadata
        .keys()
        .any(|key| key.is_empty() || key.contains(['[', ']']))
    {
        return Err(ProviderError::refused(
            "invalid_metadata",
            "keys of metadata at Stripe have no brackets",
        ));
    }
    let email = request
        .buyer
        .email
        .as_ref()
        .filter(|_| request.buyer.customer.is_none());
    let form = Form::new()
        .set("mode", mode)
        .set("success_url", &request.success_url)
        .set("cancel_url", &request.cancel_url)
        .set("client_reference_id", &request.reference)
        .set_some("customer", request.buyer.customer.as_ref())
        .set_some("customer_email", email)
        .set("expires_at", &expires_at)
        .set_map("metadata", &metadata)
        // Stripe does not copy the metadata of a page to what it makes.
        .set_map(&format!("{copied_to}[metadata]"), &metadata);
    match &request.purpose {
        Purpose::Payment { amount, description } => {
            let wire = amount::to_wire(*amount)
                .map_err(|error| ProviderError::refused("invalid_amount", error.to_string()))?;
            Ok(form
                .set(
                    "line_items[0][price_data][currency]",
                    &amount::code(amount.currency()),
                )
                .set("line_items[0][price_data][unit_amount]", &wire)
                .set("line_items[0][price_data][product_data][name]", description)
                .set("line_items[0][quantity]", &1))
        }
        Purpose::Subscription {
            price,
            quantity,
            trial_days,
            ..
        } => Ok(form
            .set("line_items[0][price]", price)
            .set("line_items[0][quantity]", quantity)
            .set_some(
                "subscription_data[trial_period_days]",
                trial_days.filter(|days| *days > 0),
            )),
    }
}

struct Closing {
    seconds: i64,
    is_moved: bool,
}

/// When a page closes that is asked for now. A time that Stripe would not take is moved to a full quarter of an hour,
/// so that the same request says the same for a while.
fn closes_at(asked: Timestamp, now: Timestamp) -> Closing {
    let (soonest, latest) = (now.plus(SOONEST), now.plus(LATEST));
    let quarter = |time: Timestamp| time.unix_seconds().div_euclid(QUARTER);
    let moved = if asked < soonest {
        Some((quarter(soonest) + 1) * QUARTER)
    } else if asked > latest {
        Some(quarter(latest) * QUARTER)
    } else {
        None
    };
    Closing {
        seconds: moved.unwrap_or_else(|| asked.unix_seconds()),
        is_moved: moved.is_some(),
    }
}

#[cfg(test)]
mod tests;
