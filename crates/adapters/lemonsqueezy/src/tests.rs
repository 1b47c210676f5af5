//! Against recordings of Lemon Squeezy, where they lie beside the repository, and answers made after them.

mod capabilities;
mod changes;
mod checkouts;
mod fetching;
mod lists;
mod recordings;
mod refunds;
mod refusals;
mod webhooks;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use kernel::{Money, Secret, Timestamp};
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse};
use ports::payments::{
    Buyer, CheckoutRequest, ObjectKind, ObjectRef, PaymentProvider as _, Purpose, SubscriptionTarget,
};
use serde_json::{Value, json};
use url::Url;

use crate::{LemonSqueezy, LemonSqueezyConfig};

const KEY: &str = "ls_test_key";
const SECRET: &str = "ls_secret_6to40";

/// What is expected to be asked, and what is answered then.
struct Exchange {
    method: HttpMethod,
    path: String,
    query: BTreeMap<String, String>,
    body: Option<Value>,
    answer: Answer,
}

enum Answer {
    Json(u16, Value),
    Text(u16, Vec<(String, String)>, String),
    TimedOut,
    Broken,
    TooLong,
}

/// A provider that knows what it will be asked: anything else fails the test.
#[derive(Default)]
struct World {
    expected: Mutex<VecDeque<Exchange>>,
    asked: Mutex<Vec<HttpRequest>>,
}

impl World {
    fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// `at` has the path after the base URL, and perhaps a query.
    fn expect(&self, method: HttpMethod, at: &str, body: Option<Value>, answer: Answer) {
        let (path, query) = place(&format!("https://api.lemonsqueezy.com/v1{at}").parse().unwrap());
        let exchange = Exchange {
            method,
            path,
            query,
            body,
            answer,
        };
        let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.push_back(exchange);
    }

    fn get(&self, at: &str, answer: Value) {
        self.expect(HttpMethod::Get, at, None, Answer::Json(200, answer));
    }

    fn asked(&self) -> Vec<HttpRequest> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// That everything was asked.
    fn is_done(&self) -> bool {
        let expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
        expected.is_empty()
    }
}

fn place(url: &Url) -> (String, BTreeMap<String, String>) {
    (url.path().to_owned(), url.query_pairs().into_owned().collect())
}

#[async_trait]
impl HttpClient for World {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let exchange = {
            let mut expected = self.expected.lock().unwrap_or_else(PoisonError::into_inner);
            expected
                .pop_front()
                .unwrap_or_else(|| panic!("asked without need: {request:?}"))
        };
        assert_eq!(
            (request.method, place(&request.url)),
            (exchange.method, (exchange.path, exchange.query))
        );
        let body = match request.body.as_slice() {
            [] => None,
            body => Some(serde_json::from_slice::<Value>(body).unwrap()),
        };
        assert_eq!(body, exchange.body);
        for (name, value) in [
            ("accept", "application/vnd.api+json".to_owned()),
            ("content-type", "application/vnd.api+json".to_owned()),
            ("authorization", format!("Bearer {KEY}")),
        ] {
            assert!(request.headers.contains(&(name, value)), "{name}");
        }
        self.asked
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(request);
        let (status, headers, body) = match exchange.answer {
            Answer::Json(status, body) => (status, Vec::new(), body.to_string()),
            Answer::Text(status, headers, body) => (status, headers, body),
            Answer::TimedOut => return Err(HttpError::TimedOut),
            Answer::Broken => return Err(HttpError::Unreachable("reset".into())),
            Answer::TooLong => return Err(HttpError::TooLong),
        };
        Ok(HttpResponse {
            status,
            content_type: None,
            max_age: None,
            headers,
            body: body.into_bytes(),
        })
    }
}

fn config() -> LemonSqueezyConfig {
    LemonSqueezyConfig {
        api_key: Secret::new(KEY.to_owned()),
        webhook_secrets: vec![Secret::new(SECRET.to_owned())],
        store: 51385,
        payment_variant: Some(22),
        is_test_mode: true,
        account: "main".to_owned(),
        base_url: None,
    }
}

fn set_up(config: LemonSqueezyConfig, world: &Arc<World>) -> LemonSqueezy {
    let http: Arc<World> = Arc::clone(world);
    LemonSqueezy::new(config, http).unwrap()
}

fn provider(world: &Arc<World>) -> LemonSqueezy {
    set_up(config(), world)
}

fn of_store(world: &Arc<World>, store: u64) -> LemonSqueezy {
    let config = LemonSqueezyConfig { store, ..config() };
    set_up(config, world)
}

fn money(minor: i64, code: &str) -> Money {
    Money::new(minor, code.parse().unwrap())
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn object(kind: ObjectKind, id: &str) -> ObjectRef {
    let id = id.to_owned();
    ObjectRef { kind, id }
}

fn target(subscription: &str) -> SubscriptionTarget {
    SubscriptionTarget {
        subscription: subscription.to_owned(),
        idempotency_key: "key".to_owned(),
    }
}

fn checkout_of(purpose: Purpose) -> CheckoutRequest {
    let reference = match &purpose {
        Purpose::Payment { .. } => "pay_1",
        Purpose::Subscription { .. } => "sub_1",
    };
    CheckoutRequest {
        reference: reference.to_owned(),
        attempt: 1,
        purpose,
        buyer: Buyer {
            customer: None,
            email: Some("a@b.co".parse().unwrap()),
            name: Some("A".to_owned()),
        },
        organization: "org_1".to_owned(),
        success_url: "https://app.test/ok".parse().unwrap(),
        cancel_url: "https://app.test/no".parse().unwrap(),
        expires_at: time("2026-11-24T00:00:00.123Z"),
        metadata: BTreeMap::new(),
        idempotency_key: "key".to_owned(),
    }
}

fn payment(amount: Money) -> CheckoutRequest {
    let description = "Credits".to_owned();
    checkout_of(Purpose::Payment { amount, description })
}

fn resource(kind: &str, id: &str, attributes: &Value) -> Value {
    json!({ "data": { "type": kind, "id": id, "attributes": attributes } })
}

fn order(changes: &Value) -> Value {
    let order = json!({
        "store_id": 51385, "customer_id": 7, "user_email": "a@b.co", "currency": "EUR", "status": "paid",
        "refunded": false, "refunded_at": null, "subtotal": 1999, "discount_total": 0, "tax": 400,
        "tax_inclusive": false, "total": 2399, "refunded_amount": 0, "total_formatted": "€23.99",
        "tax_rate": 0, "first_order_item": { "variant_id": 22, "price_id": 5 },
        "created_at": "2026-01-12T19:08:56.000000Z", "test_mode": true,
    });
    resource("orders", "1", &merged(order, changes))
}

fn invoice(changes: &Value) -> Value {
    let invoice = json!({
        "store_id": 51385, "subscription_id": 9, "customer_id": 7, "user_email": "a@b.co",
        "billing_reason": "initial", "currency": "EUR", "status": "paid", "refunded": false,
        "refunded_at": null, "subtotal": 1999, "discount_total": 0, "tax": 400, "tax_inclusive": false,
        "total": 2399, "refunded_amount": 0, "urls": { "invoice_url": "https://app.lemon.test/i" },
        "created_at": "2026-01-12T19:08:56.000000Z", "test_mode": true,
    });
    resource("subscription-invoices", "2", &merged(invoice, changes))
}

fn subscription(changes: &Value) -> Value {
    let subscription = json!({
        "store_id": 51385, "customer_id": 7, "order_id": 1, "variant_id": 33, "user_email": "a@b.co",
        "status": "active", "pause": null, "cancelled": false, "trial_ends_at": null,
        "first_subscription_item": { "id": 5, "quantity": 3, "price_id": 144 },
        "urls": { "customer_portal": "https://store.lemon.test/billing?expires=1" },
        "renews_at": "2026-02-12T19:08:56.000000Z", "ends_at": null, "test_mode": true,
    });
    resource("subscriptions", "9", &merged(subscription, changes))
}

fn merged(mut all: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

/// The same resources as a page of a list.
fn page(resources: &[Value]) -> Value {
    let data: Vec<&Value> = resources.iter().map(|resource| &resource["data"]).collect();
    json!({ "data": data, "meta": { "page": { "currentPage": 1, "lastPage": 1 } } })
}

/// Where recordings lie, if they lie beside the repository.
fn recordings() -> Option<PathBuf> {
    let said = option_env!("MAINSTAY_SHARED_DATA").map(PathBuf::from);
    let above = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared/data"));
    let mut folders = said
        .into_iter()
        .chain(above)
        .map(|folder| folder.join("payments"));
    folders.find(|folder| folder.is_dir())
}

fn json_at(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The conversations of one recording: method, URL, what was asked, what was answered.
fn recording(path: &Path) -> Vec<(String, Url, Option<Value>, u16, Value)> {
    let recorded = json_at(path);
    let read = |part: &Value| match part {
        Value::String(text) if text.is_empty() => Value::Null,
        Value::String(text) => serde_json::from_str(text).unwrap(),
        other => other.clone(),
    };
    let interactions = recorded.as_array().unwrap().iter().map(|recorded| {
        let asked = read(&recorded["request_body"]);
        (
            recorded["method"].as_str().unwrap().to_owned(),
            recorded["url"].as_str().unwrap().parse().unwrap(),
            (!asked.is_null()).then_some(asked),
            u16::try_from(recorded["status"].as_u64().unwrap()).unwrap(),
            read(&recorded["response_body"]),
        )
    });
    interactions.collect()
}

/// What the provider's own library sent.
fn sdk_requests() -> Option<Vec<(String, Url, Value)>> {
    let text = std::fs::read_to_string(recordings()?.join("sdk-requests/ls.jsonl")).unwrap();
    let requests = text.lines().map(|line| {
        let sent: Value = serde_json::from_str(line).unwrap();
        let url = format!("https://api.lemonsqueezy.com{}", sent["url"].as_str().unwrap());
        let body = sent["body"].as_str().unwrap();
        (
            sent["method"].as_str().unwrap().to_owned(),
            url.parse().unwrap(),
            serde_json::from_str(body).unwrap_or_default(),
        )
    });
    Some(requests.collect())
}
