//! The page where somebody pays (<https://developer.flutterwave.com/v3.0/docs/flutterwave-standard>).

use chrono::SecondsFormat;
use kernel::Money;
use ports::http::HttpMethod;
use ports::payments::{Capability, Checkout, CheckoutRequest, ProviderError, Purpose};
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use url::Url;

use crate::amount;
use crate::api::{Link, is_number};
use crate::ask::Api;
use crate::reference::{self, CheckoutId};

/// Under what the plan is kept with a payment.
pub(crate) const PLAN: &str = "payment_plan";

#[derive(Serialize)]
struct Body<'a> {
    tx_ref: &'a str,
    amount: Box<RawValue>,
    currency: &'a str,
    redirect_url: &'a str,
    customer: Map<String, Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_options: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_plan: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customizations: Option<Value>,
    meta: Map<String, Value>,
    link_expiration: String,
}

/// What is asked for, however it is called.
struct Asked<'a> {
    amount: Money,
    plan: Option<u64>,
    description: Option<&'a str>,
    /// Under what our id is kept.
    kept_as: &'static str,
}

/// Makes a page.
pub(crate) async fn create(api: &Api, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
    let asked = asked(&request.purpose)?;
    let too_long = || ProviderError::refused("tx_ref", "the reference is too long".to_owned());
    let tx_ref = reference::of_attempt(request).ok_or_else(too_long)?;
    let amount = amount::write(asked.amount).filter(|_| asked.amount.minor() > 0);
    let email = request.buyer.email.as_ref();
    let email = email
        .ok_or_else(|| ProviderError::refused("email", "an address of the buyer is needed".to_owned()))?;
    let mut customer = Map::new();
    // Subscriptions are found by it, and nobody says that capital letters don't matter.
    customer.insert("email".to_owned(), json!(email.as_str().to_lowercase()));
    if let Some(name) = &request.buyer.name {
        customer.insert("name".to_owned(), json!(name));
    }
    let body = Body {
        tx_ref: &tx_ref,
        amount: amount
            .ok_or_else(|| ProviderError::refused("amount", "more than nothing is expected".to_owned()))?,
        currency: asked.amount.currency().code(),
        redirect_url: request.success_url.as_str(),
        customer,
        // Only cards are charged again.
        payment_options: asked.plan.map(|_| "card"),
        payment_plan: asked.plan,
        customizations: asked
            .description
            .map(|description| json!({ "description": description })),
        meta: meta(request, &asked),
        link_expiration: request
            .expires_at
            .date_time()
            .to_rfc3339_opts(SecondsFormat::Secs, true),
    };
    let made: Link = api.change(HttpMethod::Post, &["payments"], &body).await?;
    let url = made.link.parse().ok().filter(|url: &Url| url.scheme() == "https");
    let unusable = || ProviderError::OutcomeUnknown("a checkout without a usable address".to_owned());
    let url = url.ok_or_else(unusable)?;
    let id = CheckoutId {
        tx_ref: &tx_ref,
        link: url.as_str(),
    };
    Ok(Checkout {
        id: Some(id.text()),
        expires_at: Some(request.expires_at),
        customer: None,
        url,
    })
}

/// Closes a page.
pub(crate) async fn expire(api: &Api, checkout: &str) -> Result<(), ProviderError> {
    let checkout = CheckoutId::read(checkout).ok_or(ProviderError::NotFound)?;
    let body = json!({ "link": checkout.link });
    api.order(HttpMethod::Post, &["payments", "link", "disable"], &body)
        .await
}

fn asked(purpose: &Purpose) -> Result<Asked<'_>, ProviderError> {
    match purpose {
        Purpose::Payment { amount, description } => Ok(Asked {
            amount: *amount,
            plan: None,
            description: Some(description),
            kept_as: "payment_id",
        }),
        Purpose::Subscription {
            price,
            amount,
            quantity,
            trial_days,
        } => {
            if *quantity != 1 {
                return Err(ProviderError::Unsupported(Capability::Quantity));
            }
            if trial_days.is_some() {
                return Err(ProviderError::Unsupported(Capability::Trial));
            }
            let plan = price.parse().ok().filter(|_| is_number(price));
            let plan = plan.ok_or_else(|| {
                ProviderError::refused("price", "the number of a plan is expected".to_owned())
            })?;
            Ok(Asked {
                amount: *amount,
                plan: Some(plan),
                description: None,
                kept_as: "subscription_id",
            })
        }
    }
}

/// What is kept with the payment. Ours can't be replaced by what is kept along.
fn meta(request: &CheckoutRequest, asked: &Asked<'_>) -> Map<String, Value> {
    let kept = request.metadata.iter();
    let mut meta: Map<String, Value> = kept.map(|(name, value)| (name.clone(), json!(value))).collect();
    meta.remove(PLAN);
    if let Some(plan) = asked.plan {
        meta.insert(PLAN.to_owned(), json!(plan.to_string()));
    }
    meta.insert(asked.kept_as.to_owned(), json!(request.reference));
    meta.insert("organization_id".to_owned(), json!(request.organization));
    meta
}
