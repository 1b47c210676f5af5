//! What providers tell, from their requests to payments and books.

use std::fmt::Write as _;
use std::time::Duration;

use db::{DbError, Executor as _, Tx, args};
use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Clock as _;
use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::{place, start};

const SECRET: &str = "whsec_a_secret_of_stripe";

/// What a buyer does on the page of a payment, and how what happens is told.
async fn act(app: &TestApp, payment: &Answer, act: &str, delivery: &str) {
    let page = app.path_of(&payment.at("/checkout_url"));
    let mut browser = app.nobody().browser();
    let acted = browser.post(&page, &[("act", act), ("delivery", delivery)]).await;
    acted.expect(303);
}

async fn events(staff: &Person, query: &str) -> Vec<Value> {
    let listed = staff.get(&format!("/payments/events{query}")).await.expect(200);
    listed.json()["data"].as_array().unwrap().clone()
}

async fn data(staff: &Person, path: &str) -> Value {
    staff.get(path).await.expect(200).json()["data"].clone()
}

async fn execute(app: &TestApp, sql: &'static str) {
    let work = async move |tx: &mut Tx| tx.execute(sql, args![]).await;
    let done: Result<u64, DbError> = app.app().db().write(work).await;
    assert!(done.unwrap() > 0, "{sql}");
}

/// Does a job that is otherwise done by the clock, and what comes of it.
async fn by_the_clock(app: &TestApp, kind: &'static str, payload: Value) {
    let now = app.clock.now();
    let work = async move |tx: &mut Tx| {
        tx.execute(
            "INSERT INTO jobs (id, kind, payload, priority, run_at, max_attempts, created_at)
             VALUES ($1, $2, $3, 0, {now}, 1, $4)",
            args![uuid_of(now), kind, payload.clone(), now],
        )
        .await
    };
    let enqueued: Result<u64, DbError> = app.app().db().write(work).await;
    enqueued.unwrap();
    app.work().await;
    let hurry = async |tx: &mut Tx| {
        tx.execute("UPDATE jobs SET run_at = {now} WHERE run_at > {now}", args![])
            .await
    };
    let hurried: Result<u64, DbError> = app.app().db().write(hurry).await;
    hurried.unwrap();
    app.work().await;
}

fn uuid_of(now: kernel::Timestamp) -> kernel::JobId {
    kernel::Id::new(&server::machine::RandomIds, now)
}

#[tokio::test]
async fn a_webhook_moves_a_payment_once_however_it_travels() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    for delivery in ["normal", "twice"] {
        let payment = start(&ada, &organization).await;
        act(&app, &payment, "pay", delivery).await;
        app.work().await;
        let paid = ada.get(&place(&payment, "")).await.expect(200);
        assert_eq!(paid.at("/status"), "succeeded", "{delivery}");
        let path = format!("/ledger/transfers?payment_id={}", payment.at("/id"));
        let transfers = data(&root, &path).await;
        let entries = json!([
            { "account": "provider:sandbox", "amount": 1000 },
            { "account": "revenue", "amount": -1000 },
        ]);
        assert_eq!(transfers.as_array().unwrap()[0]["entries"], entries, "{delivery}");
        let sales = transfers.as_array().unwrap().iter();
        assert_eq!(sales.filter(|transfer| transfer["kind"] == "payment").count(), 1);
    }
    let told = events(&root, "?provider=sandbox").await;
    assert!(told.len() >= 2);
    assert!(
        told.iter()
            .all(|event| event["status"] == "processed" || event["status"] == "ignored"),
        "{told:?}"
    );
    assert!(told.iter().any(|event| event["deliveries"] == 2), "{told:?}");
    let balances = data(&root, "/ledger/balances").await;
    let provider = balances.as_array().unwrap().iter();
    let mut provider = provider.filter(|balance| balance["account"] == "provider:sandbox");
    assert!(provider.next().unwrap()["amount"].as_i64().unwrap() <= 2000);
    let figures = data(&root, "/ledger/figures").await;
    assert_eq!(
        (&figures[0]["gross"], &figures[0]["currency"]),
        (&json!(2000), &json!("USD"))
    );
    by_the_clock(&app, "payments.check_ledger", check()).await;
    assert_eq!(data(&root, "/payments/drifts").await, json!([]));
    root.get("/ledger/figures?from=2026-03-02&to=2026-03-01")
        .await
        .expect(422);
    root.get("/ledger/figures?from=yesterday").await.expect(422);
    for path in [
        "/ledger/balances",
        "/ledger/transfers",
        "/payments/events",
        "/payments/drifts",
    ] {
        ada.get(path).await.expect_problem(403, "forbidden");
    }
}

/// The payload of a check of the books, from the beginning.
fn check() -> Value {
    json!({ "next": { "Transfers": "ltr_00000000000000000000000000" } })
}

#[tokio::test]
async fn what_was_never_told_is_found_by_reconciliation() {
    let app = TestApp::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    let payment = start(&ada, &organization).await;
    act(&app, &payment, "pay", "lost").await;
    app.work().await;
    assert_eq!(ada.get(&place(&payment, "")).await.at("/status"), "pending");
    by_the_clock(&app, "payments.reconcile", json!({})).await;
    assert_eq!(ada.get(&place(&payment, "")).await.at("/status"), "succeeded");
    let told = events(&root, "?status=processed").await;
    assert!(!told.is_empty());
    by_the_clock(&app, "payments.reconcile", json!({})).await;
    assert_eq!(events(&root, "?status=processed").await, told);

    // What is open is asked about even where the list says nothing.
    let quiet = start(&ada, &organization).await;
    act(&app, &quiet, "pay", "lost").await;
    execute(&app, "DELETE FROM sandbox_events").await;
    app.clock.advance(Duration::from_mins(11));
    by_the_clock(&app, "payments.reconcile", json!({})).await;
    ada.sign_in().await;
    assert_eq!(ada.get(&place(&quiet, "")).await.at("/status"), "succeeded");
}

#[tokio::test]
async fn what_does_not_agree_is_shown_until_staff_settle_it() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let root = app.staff("root", "admin").await;
    let support = app.staff("sam", "support").await;
    let payment = start(&ada, &organization).await;
    act(&app, &payment, "pay", "normal").await;
    app.work().await;
    by_the_clock(&app, "payments.compare", json!({})).await;
    assert_eq!(data(&root, "/payments/drifts").await, json!([]));
    // As somebody might who writes past the program.
    execute(&app, "UPDATE payments SET amount_refunded = 7").await;
    by_the_clock(&app, "payments.check_ledger", check()).await;
    by_the_clock(&app, "payments.check_ledger", check()).await;
    let drifts = data(&support, "/payments/drifts?status=open").await;
    assert_eq!(drifts.as_array().unwrap().len(), 1, "{drifts}");
    let drift = &drifts[0];
    assert_eq!(drift["kind"], "ledger_payment_differs");
    assert_eq!(drift["subject"], payment.at("/id"));
    assert_eq!(
        drift["detail"],
        "paid 1000, given back 7, disputed 0; booked are 1000, 0 and 0"
    );
    let path = format!("/payments/drifts/{}/resolve", drift["id"].as_str().unwrap());
    support
        .post(&path, json!({}))
        .await
        .expect_problem(403, "forbidden");
    let ask = || root.ask(Method::POST, &path).header("idempotency-key", "k");
    ask().json(json!({})).send().await.expect(204);
    ask().json(json!({})).send().await.expect(204);
    root.post(&path, json!({}))
        .await
        .expect_problem(409, "wrong_state");
    assert_eq!(data(&root, "/payments/drifts?status=open").await, json!([]));
    let resolved = data(&root, "/payments/drifts?status=resolved").await;
    assert_eq!(resolved[0]["resolved_by"], root.id);
    let log = root.get("/activity-logs?limit=200").await.expect(200).text();
    for event in ["payment_drift.found", "payment_drift.resolved"] {
        assert!(log.contains(event), "{event}");
    }
}

/// A server with an account at Stripe that nobody answers for.
async fn with_stripe() -> TestApp {
    let setup = Setup::default()
        .set("stripe_secret_key", "sk_test_nobody")
        .set("stripe_webhook_secrets", SECRET)
        .set("stripe_api_url", "http://127.0.0.1:9");
    TestApp::with(setup).await
}

fn event(id: &str) -> Value {
    json!({
        "id": id, "object": "event", "type": "payment_intent.succeeded", "created": 1_795_400_000, "livemode": false,
        "data": { "object": { "object": "payment_intent", "id": "pi_1" } },
    })
}

/// As Stripe signs a body at a time.
fn signature(time: i64, body: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(SECRET.as_bytes()).unwrap();
    mac.update(format!("{time}.{body}").as_bytes());
    let bytes = mac.finalize().into_bytes();
    bytes.iter().fold(format!("t={time},v1="), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// A request of Stripe's that was signed so many seconds ago.
async fn tell(app: &TestApp, body: String, age: i64) -> Answer {
    let signature = signature(app.clock.now().unix_seconds() - age, &body);
    let ask = app.nobody().ask(Method::POST, "/webhooks/stripe");
    let ask = ask.header("stripe-signature", &signature);
    ask.body("application/json", body).send().await
}

#[tokio::test]
async fn what_is_told_at_once_is_one_event_and_an_empty_answer() {
    let app = with_stripe().await;
    let root = app.staff("root", "admin").await;
    let body = event("evt_1").to_string();
    let signature = signature(app.clock.now().unix_seconds(), &body);
    let answers = app
        .at_once(20, |_| {
            let ask = app.nobody().ask(Method::POST, "/webhooks/stripe");
            let ask = ask.header("stripe-signature", &signature);
            ask.body("application/json", body.clone()).send()
        })
        .await;
    for answer in answers {
        assert_eq!((answer.status, answer.text().as_str()), (200, ""));
    }
    let told = events(&root, "").await;
    assert_eq!(told.len(), 1);
    assert_eq!(
        (
            &told[0]["deliveries"],
            &told[0]["status"],
            &told[0]["object_reference"]
        ),
        (&json!(20), &json!("received"), &json!("pi_1"))
    );
    // Nobody answers for it, and it is not lost.
    app.work().await;
    let told = events(&root, "?status=received&object_reference=pi_1").await;
    let retry = format!("/payments/events/{}/retry", told[0]["id"].as_str().unwrap());
    root.post(&retry, json!({})).await.expect(204);
    execute(&app, "DELETE FROM jobs").await;
    let mut nothing = event("evt_2");
    nothing["type"] = json!("balance.available");
    nothing["data"]["object"] = json!({ "object": "balance" });
    tell(&app, nothing.to_string(), 0).await.expect(200);
    let ignored = events(&root, "?status=ignored").await;
    let retry = format!("/payments/events/{}/retry", ignored[0]["id"].as_str().unwrap());
    root.post(&retry, json!({}))
        .await
        .expect_problem(409, "wrong_state");
}

#[tokio::test]
async fn what_is_not_the_provider_s_is_refused_and_leaves_nothing() {
    let app = with_stripe().await;
    let root = app.staff("root", "admin").await;
    let nobody = app.nobody();
    for provider in ["stripe", "sandbox"] {
        let path = format!("/webhooks/{provider}");
        let answer = nobody.post(&path, event("evt_1")).await;
        answer.expect_problem(401, "webhook_signature_invalid");
    }
    for path in ["/webhooks/paypal", "/webhooks/lemonsqueezy", "/webhooks/STRIPE"] {
        nobody
            .post(path, json!({}))
            .await
            .expect_problem(404, "not_found");
    }
    tell(&app, event("evt_1").to_string(), 301)
        .await
        .expect_problem(401, "webhook_stale");
    let mut live = event("evt_1");
    live["livemode"] = json!(true);
    tell(&app, live.to_string(), 0)
        .await
        .expect_problem(400, "webhook_wrong_mode");
    for odd in ["", "{", "[]", "{}", "\u{0}"] {
        tell(&app, odd.to_owned(), 0)
            .await
            .expect_problem(400, "webhook_malformed");
    }
    tell(&app, "x".repeat(2 * 1024 * 1024), 0).await.expect(413);
    assert_eq!(events(&root, "").await.len(), 0);
    // The other places below have their own ways.
    assert_eq!(nobody.post("/webhooks/mail", json!({})).await.status, 404);
    nobody.get("/webhooks/stripe").await.expect(405);
}
