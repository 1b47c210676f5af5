//! Subscriptions (<https://developer.flutterwave.com/v3.0/reference/subscriptions>). They are made by the first
//! payment for a plan, and found by plan and address afterwards.

use ports::http::HttpMethod;
use ports::payments::{ProviderError, SubscriptionSnapshot, SubscriptionState};
use serde_json::json;

use crate::amount;
use crate::api::{self, Subscription};
use crate::ask::{Api, plain};
use crate::reference::{SubscriptionId, is_subscription};
use crate::transaction::Read;

const SUBSCRIPTIONS: &str = "subscriptions";
const ACTIVE: &str = "active";

/// The subscription that a transaction is for: exactly one, or none that is known. It comes some time after the
/// payment that makes it.
pub(crate) async fn of_transaction(
    api: &Api,
    transaction: &Read,
) -> Result<Option<SubscriptionSnapshot>, ProviderError> {
    let plan = transaction.plan();
    let reference = transaction.reference();
    let begins = reference.is_some_and(is_subscription);
    // What we asked for once is for no subscription. What nobody here asked for may be a renewal.
    let is_for_one = begins || reference.is_none();
    let Some(email) = transaction.email().filter(|_| is_for_one) else {
        return Ok(None);
    };
    let mut query = vec![("email", email.to_owned())];
    query.extend(plan.clone().map(|plan| ("plan", plan)));
    if begins {
        query.push(("transaction_id", transaction.id().to_owned()));
    }
    let mut found: Vec<Subscription> = api.all(&[SUBSCRIPTIONS], &query).await?;
    found.retain(|found| match &plan {
        Some(plan) => is_of(found, plan, email),
        None => is_of(found, &found.plan.0, email) && costs_the_same(found, transaction),
    });
    // Who came back after a cancellation has one that goes on, and others that don't.
    if found.iter().filter(|found| found.status == ACTIVE).count() > 0 {
        found.retain(|found| found.status == ACTIVE);
    }
    let [found] = found.as_slice() else {
        return Ok(None);
    };
    let reference = reference.filter(|_| begins).map(str::to_owned);
    Ok(Some(SubscriptionSnapshot {
        reference,
        ..snapshot(found, &id_of(found, email))
    }))
}

/// The subscription of this id.
pub(crate) async fn find(api: &Api, id: &str) -> Result<SubscriptionSnapshot, ProviderError> {
    let said = SubscriptionId::read(id).ok_or(ProviderError::NotFound)?;
    let query = [("email", said.email.to_owned()), ("plan", said.plan.to_owned())];
    let found: Vec<Subscription> = api.all(&[SUBSCRIPTIONS], &query).await?;
    let found = found.iter().find(|found| found.id.0 == said.number);
    found
        .map(|found| snapshot(found, &said.text()))
        .ok_or(ProviderError::NotFound)
}

/// Ends it at once.
pub(crate) async fn cancel(api: &Api, id: &str) -> Result<SubscriptionSnapshot, ProviderError> {
    change(api, id, "cancel").await
}

/// Lets it go on after that.
pub(crate) async fn activate(api: &Api, id: &str) -> Result<SubscriptionSnapshot, ProviderError> {
    change(api, id, "activate").await
}

async fn change(api: &Api, id: &str, what: &str) -> Result<SubscriptionSnapshot, ProviderError> {
    let said = SubscriptionId::read(id).ok_or(ProviderError::NotFound)?;
    let number: u64 = said.number.parse().map_err(|_| ProviderError::NotFound)?;
    let path = [SUBSCRIPTIONS, said.number, what];
    let body = json!({ "id": number });
    let changed: Subscription = api.change(HttpMethod::Put, &path, &body).await?;
    if changed.id.0 != said.number {
        return Err(ProviderError::OutcomeUnknown("another subscription".to_owned()));
    }
    Ok(snapshot(&changed, &said.text()))
}

fn is_of(found: &Subscription, plan: &str, email: &str) -> bool {
    let customer = found.customer.as_ref();
    let said = customer.and_then(api::Buyer::address);
    found.plan.0 == plan && said.is_some_and(|said| said.to_lowercase() == email.to_lowercase())
}

fn costs_the_same(found: &Subscription, transaction: &Read) -> bool {
    let amount = found.amount.as_deref();
    amount.and_then(|amount| amount::read(amount, transaction.currency())) == Some(transaction.amount())
}

fn id_of(found: &Subscription, email: &str) -> String {
    let id = SubscriptionId {
        number: &found.id.0,
        plan: &found.plan.0,
        email,
    };
    id.text()
}

fn snapshot(found: &Subscription, id: &str) -> SubscriptionSnapshot {
    let customer = found.customer.as_ref();
    SubscriptionSnapshot {
        id: id.to_owned(),
        reference: None,
        customer: customer.and_then(|customer| customer.id.as_ref().map(|id| id.0.clone())),
        customer_email: customer.and_then(api::Buyer::address).map(str::to_owned),
        state: match found.status.as_str() {
            ACTIVE => SubscriptionState::Active,
            "cancelled" => SubscriptionState::Canceled,
            other => SubscriptionState::Unknown(plain(other)),
        },
        item: None,
        price: Some(found.plan.0.clone()),
        quantity: None,
        current_period_start: None,
        current_period_end: None,
        trial_end: None,
        cancel_at: None,
        ended_at: None,
        pause: None,
    }
}
