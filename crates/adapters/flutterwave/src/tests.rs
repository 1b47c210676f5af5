//! Against answers as they are documented, and requests of the provider's own library where they lie beside the
//! repository. No traffic of the service was recorded.

mod capabilities;
mod checkouts;
mod fetching;
mod library;
mod lists;
mod plans;
mod refunds;
mod refusals;
mod subscriptions;
mod webhooks;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use kernel::{Money, Secret, Timestamp};
use ports::http::{HttpClient, HttpError, HttpMethod, HttpRequest, HttpResponse};
use ports::payments::{
    Buyer, CheckoutRequest, ObjectKind, ObjectRef, PaymentProvider as _, Purpose, SubscriptionTarget,
};
use serde_json::{Value, json};
use url::Url;

use crate::{Flutterwave, FlutterwaveConfig};

const KEY: &str = "FLWSECK_TEST-x-X";
const HASH: &str = "flw_secret_hash";

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
        let (path, query) = place(&format!("https://api.flutterwave.com/v3{at}").parse().unwrap());
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
            ("accept", "application/json".to_owned()),
            ("content-type", "application/json".to_owned()),
            ("authorization", format!("Bearer {KEY}")),
        ] {
            assert!(request.headers.contains(&(name, value)), "{name}");
        }
        // Flutterwave gives up after 28 seconds, and its answer then is worth waiting for.
        assert!(request.timeout > Duration::from_secs(28));
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

fn config() -> FlutterwaveConfig {
    FlutterwaveConfig {
        secret_key: Secret::new(KEY.to_owned()),
        webhook_secret_hashes: vec![Secret::new(HASH.to_owned())],
        allow_plain_hash: true,
        account: "main".to_owned(),
        base_url: None,
    }
}

fn set_up(config: FlutterwaveConfig, world: &Arc<World>) -> Flutterwave {
    let http: Arc<World> = Arc::clone(world);
    Flutterwave::new(config, http).unwrap()
}

fn provider(world: &Arc<World>) -> Flutterwave {
    set_up(config(), world)
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
        Purpose::Payment { .. } => "pay_01hx",
        Purpose::Subscription { .. } => "sub_01hx",
    };
    CheckoutRequest {
        reference: reference.to_owned(),
        attempt: 2,
        purpose,
        buyer: Buyer {
            customer: None,
            email: Some("A@B.co".parse().unwrap()),
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

fn subscribe(price: &str, quantity: u32, trial_days: Option<u32>) -> CheckoutRequest {
    checkout_of(Purpose::Subscription {
        price: price.to_owned(),
        amount: money(500_000, "NGN"),
        quantity,
        trial_days,
    })
}

fn success(data: &Value) -> Value {
    json!({ "status": "success", "message": "Fetched", "data": data })
}

fn error(message: &str) -> Value {
    json!({ "status": "error", "message": message, "data": null })
}

/// A page of a list.
fn page(data: &[Value], total_pages: u64) -> Value {
    let mut page = success(&json!(data));
    page["meta"] = json!({ "page_info": { "total": 1, "current_page": 1, "total_pages": total_pages } });
    page
}

fn transaction(changes: &Value) -> Value {
    let transaction = json!({
        "id": 288, "tx_ref": "pay_01hx-2", "flw_ref": "F/1", "amount": 100, "currency": "NGN",
        "charged_amount": 101.4, "app_fee": 1.4, "processor_response": "Approved", "status": "successful",
        "payment_type": "card", "created_at": "2026-07-15T14:31:16.000Z", "meta": null,
        "customer": { "id": 21, "email": "a@b.co", "phone_number": "N/A" },
    });
    merged(transaction, changes)
}

fn refund(changes: &Value) -> Value {
    let refund = json!({
        "id": 75, "tx_id": 288, "amount_refunded": 30, "status": "completed", "comments": "rfd_1",
        "created_at": "2026-07-16T14:31:16.000Z",
    });
    merged(refund, changes)
}

fn subscription(changes: &Value) -> Value {
    let subscription = json!({
        "id": 4147, "amount": 5000, "customer": { "id": 21, "customer_email": "a@b.co" }, "plan": 3657,
        "status": "active", "created_at": "2026-07-15T14:31:20.000Z",
    });
    merged(subscription, changes)
}

fn merged(mut all: Value, changes: &Value) -> Value {
    for (name, value) in changes.as_object().unwrap() {
        all[name] = value.clone();
    }
    all
}

/// Asks `world` for a transaction, which is `said`.
fn verified(world: &World, said: &Value) {
    world.get("/transactions/288/verify", success(said));
}

fn refunded(world: &World, refunds: &[Value]) {
    world.get("/refunds?from=2026-07-15&page=1", page(refunds, 1));
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
