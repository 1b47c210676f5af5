//! The page where somebody pays (<https://docs.lemonsqueezy.com/api/checkouts/create-checkout>).

use chrono::SecondsFormat;
use kernel::Timestamp;
use ports::http::HttpMethod;
use ports::payments::{Capability, Checkout, CheckoutRequest, ProviderError, Purpose, RefundRequest};
use serde_json::{Map, Value, json};
use url::Url;

use crate::amount::cents;
use crate::api::{self, Attributes};
use crate::ask::Api;
use crate::config::Account;

/// What a payment or a subscription is called in what comes back with webhooks.
pub(crate) const PAYMENT: &str = "payment_id";
pub(crate) const SUBSCRIPTION: &str = "subscription_id";
const ORGANIZATION: &str = "organization_id";

/// Makes a page.
pub(crate) async fn create(
    api: &Api,
    account: &Account,
    request: &CheckoutRequest,
) -> Result<Checkout, ProviderError> {
    let path = [api::Checkout::KIND];
    let made = api
        .change::<api::Checkout>(HttpMethod::Post, &path, Some(body(account, request)?))
        .await?;
    let said = &made.attributes;
    account.belongs(said.test_mode, said.store_id.as_ref())?;
    let currency = said
        .preview
        .as_ref()
        .and_then(|preview| preview.currency.as_deref());
    let asked = match &request.purpose {
        Purpose::Payment { amount, .. } | Purpose::Subscription { amount, .. } => amount.currency().code(),
    };
    // An amount has no currency in the request: it is of the store's. The page is not handed out to anybody.
    if currency.is_some_and(|currency| currency != asked) {
        let message = format!(
            "the store sells in {}, not in {asked}",
            currency.unwrap_or_default()
        );
        return Err(ProviderError::refused("currency", message));
    }
    let url = said.url.parse().ok().filter(|url: &Url| url.scheme() == "https");
    let unusable = || ProviderError::OutcomeUnknown("a checkout without a usable address".to_owned());
    Ok(Checkout {
        id: Some(made.id),
        url: url.ok_or_else(unusable)?,
        expires_at: said.expires_at,
        customer: None,
    })
}

fn body(account: &Account, request: &CheckoutRequest) -> Result<Value, ProviderError> {
    let mut attributes = Map::new();
    let mut product = Map::new();
    let mut options = Map::new();
    let mut data = Map::new();
    options.insert("embed".to_owned(), json!(false));
    let (variant, reference) = match &request.purpose {
        Purpose::Payment { amount, description } => {
            let variant = account
                .payment_variant
                .ok_or(ProviderError::Unsupported(Capability::AdHocAmount))?;
            let price = cents(*amount).filter(|price| *price > 0).ok_or_else(|| {
                ProviderError::refused(
                    "amount",
                    format!("{amount} can't be asked for: whole cents above zero can"),
                )
            })?;
            attributes.insert("custom_price".to_owned(), json!(price));
            product.insert("name".to_owned(), json!(description));
            // The amount is settled; a code of the store would make it less.
            options.insert("discount".to_owned(), json!(false));
            (variant, PAYMENT)
        }
        Purpose::Subscription {
            price,
            quantity,
            trial_days,
            ..
        } => {
            if trial_days.is_some() {
                return Err(ProviderError::Unsupported(Capability::Trial));
            }
            let variant = number(price)?;
            data.insert(
                "variant_quantities".to_owned(),
                json!([{ "variant_id": variant, "quantity": quantity }]),
            );
            (variant, SUBSCRIPTION)
        }
    };
    product.insert("redirect_url".to_owned(), json!(request.success_url));
    product.insert("enabled_variants".to_owned(), json!([variant]));
    if let Some(email) = &request.buyer.email {
        data.insert("email".to_owned(), json!(email.as_str()));
    }
    if let Some(name) = &request.buyer.name {
        data.insert("name".to_owned(), json!(name));
    }
    data.insert("custom".to_owned(), custom(request, reference));
    attributes.insert("product_options".to_owned(), Value::Object(product));
    attributes.insert("checkout_options".to_owned(), Value::Object(options));
    attributes.insert("checkout_data".to_owned(), Value::Object(data));
    attributes.insert("expires_at".to_owned(), json!(seconds(request.expires_at)));
    // The answer then tells the currency.
    attributes.insert("preview".to_owned(), json!(true));
    attributes.insert("test_mode".to_owned(), json!(account.is_test_mode));
    let related = |kind: &str, id: u64| json!({ "data": { "type": kind, "id": id.to_string() } });
    Ok(json!({
        "data": {
            "type": api::Checkout::KIND,
            "attributes": attributes,
            "relationships": {
                "store": related("stores", account.store),
                "variant": related("variants", variant),
            },
        },
    }))
}

/// What comes back with webhooks, and nowhere else. Ours can't be replaced by what is kept along.
fn custom(request: &CheckoutRequest, reference: &str) -> Value {
    let kept = request.metadata.iter().filter(|(name, _)| {
        ![PAYMENT, SUBSCRIPTION, ORGANIZATION]
            .iter()
            .any(|ours| ours == name)
    });
    let mut custom: Map<String, Value> = kept.map(|(name, value)| (name.clone(), json!(value))).collect();
    custom.insert(reference.to_owned(), json!(request.reference));
    custom.insert(ORGANIZATION.to_owned(), json!(request.organization));
    Value::Object(custom)
}

/// The number of a variant.
pub(crate) fn number(price: &str) -> Result<u64, ProviderError> {
    let number = price.parse().ok().filter(|_| crate::snapshot::is_number(price));
    number.ok_or_else(|| ProviderError::refused("price", "the number of a variant is expected".to_owned()))
}

/// As the provider's own libraries write times.
pub(crate) fn seconds(time: Timestamp) -> String {
    time.date_time().to_rfc3339_opts(SecondsFormat::Secs, true)
}

/// What is given back, in cents.
pub(crate) fn refundable(request: &RefundRequest) -> Result<i64, ProviderError> {
    let amount = cents(request.amount).filter(|amount| *amount > 0);
    amount.ok_or_else(|| {
        let message = format!(
            "{} can't be given back: whole cents above zero can",
            request.amount
        );
        ProviderError::refused("amount", message)
    })
}
