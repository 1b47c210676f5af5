//! Payments over HTTP, through the sandbox.

mod input;
mod paying;
mod refunds;
mod telling;

use mainstay_acceptance::{Answer, Person, TestApp};
use serde_json::{Value, json};

/// What an order of 10 dollars says.
fn order(organization: &str) -> Value {
    json!({ "organization_id": organization, "amount": 1000, "currency": "USD", "description": "100 credits" })
}

async fn start(payer: &Person, organization: &str) -> Answer {
    payer
        .post("/payments/sandbox", order(organization))
        .await
        .expect(201)
}

/// Where a payment is, for its organization.
fn place(payment: &Answer, rest: &str) -> String {
    let (id, organization) = (payment.at("/id"), payment.at("/organization_id"));
    format!("/payments/{id}{rest}?organization_id={organization}")
}

/// What a buyer does on the page of a payment. Nothing is told of it by itself.
async fn act(app: &TestApp, payment: &Answer, act: &str) -> Answer {
    let page = app.path_of(&payment.at("/checkout_url"));
    let mut browser = app.nobody().browser();
    browser.post(&page, &[("act", act), ("delivery", "lost")]).await
}

/// Asks about it now.
async fn sync(reader: &Person, payment: &Answer) -> Answer {
    reader.post(&place(payment, "/sync"), json!({})).await.expect(200)
}

/// One that was paid.
async fn paid(app: &TestApp, payer: &Person, organization: &str) -> Answer {
    let payment = start(payer, organization).await;
    act(app, &payment, "pay").await.expect(303);
    let paid = sync(payer, &payment).await;
    assert_eq!(paid.at("/status"), "succeeded");
    paid
}
