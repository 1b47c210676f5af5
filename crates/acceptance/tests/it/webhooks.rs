//! Webhooks out, told to servers that we did not write and that behave in every way.

mod deliveries;
mod disabling;
mod endpoints;
mod hostile;
mod kills;
mod replays;

use std::time::Duration;

use db::{DbError, Executor as _, Tx, args};
use mainstay_acceptance::{Answer, Person, Receiver, Setup, TestApp};
use serde_json::{Value, json};

/// An app that may ask servers on this machine.
async fn app() -> TestApp {
    TestApp::with(setup()).await
}

fn setup() -> Setup {
    Setup::default().set("outbound_allow_private", "yes")
}

/// An endpoint of an organization: its id and its secret.
async fn endpoint(
    owner: &Person,
    organization: &str,
    receiver: &Receiver,
    event_types: &[&str],
) -> (String, String) {
    let body = json!({ "organization_id": organization, "url": receiver.url(), "event_types": event_types });
    let made = owner.post("/webhook-endpoints", body).await.expect(201);
    (made.at("/webhook_endpoint/id"), made.at("/secret"))
}

/// One of the platform.
async fn platform_endpoint(staff: &Person, receiver: &Receiver, event_types: &[&str]) -> (String, String) {
    let body = json!({ "url": receiver.url(), "event_types": event_types });
    let made = staff.post("/webhook-endpoints", body).await.expect(201);
    (made.at("/webhook_endpoint/id"), made.at("/secret"))
}

/// Where an endpoint is, for its organization.
fn place(organization: &str, endpoint: &str, rest: &str) -> String {
    format!("/webhook-endpoints/{endpoint}{rest}?organization_id={organization}")
}

/// Something that happens: a document is written.
async fn happen(owner: &Person, organization: &str, key: &str) {
    let path = format!("/organizations/{organization}/data/notes/{key}");
    owner.put(&path, json!({ "value": 1 })).await.expect(201);
}

/// Time passes, and what waits for it is due.
async fn later(app: &TestApp, time: Duration) {
    app.clock.advance(time);
    let hurried: Result<u64, DbError> = app
        .app()
        .db()
        .write(async |tx: &mut Tx| {
            tx.execute("UPDATE jobs SET run_at = {now} WHERE run_at > {now}", args![])
                .await
        })
        .await;
    hurried.unwrap();
    app.work().await;
}

/// The deliveries to an endpoint, the oldest first.
async fn deliveries_of(owner: &Person, organization: &str, endpoint: &str) -> Vec<Value> {
    let list = owner
        .get(&place(organization, endpoint, "/deliveries"))
        .await
        .expect(200)
        .json();
    let mut deliveries = list["data"].as_array().unwrap().clone();
    deliveries.reverse();
    deliveries
}

/// One delivery with its log.
async fn details(owner: &Person, organization: &str, endpoint: &str, delivery: &Value) -> Answer {
    let id = delivery["id"].as_str().unwrap();
    let path = place(organization, endpoint, &format!("/deliveries/{id}"));
    owner.get(&path).await.expect(200)
}
