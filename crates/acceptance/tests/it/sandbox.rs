//! The payment provider of development, all the way: asked through the API, paid on its page, heard over HTTP.

use mainstay_acceptance::{Answer, Browser, Person, TestApp};
use serde_json::{Value, json};

async fn start(ada: &Person, organization: &str) -> Value {
    let body = json!({
        "organization_id": organization,
        "amount": 1999,
        "currency": "USD",
        "description": "Ten <credits>",
    });
    ada.post("/payments/sandbox", body).await.expect(201).json()
}

async fn get(ada: &Person, organization: &str, payment: &Value) -> Value {
    let id = payment["id"].as_str().unwrap();
    let path = format!("/payments/{id}?organization_id={organization}");
    ada.get(&path).await.expect(200).json()
}

/// Presses a button of the page.
async fn press(app: &TestApp, payment: &Value, act: &str, delivery: &str) -> Answer {
    let mut browser: Browser = app.nobody().browser();
    let page = app.path_of(payment["checkout_url"].as_str().unwrap());
    let shown = browser.get(&page).await.expect(200);
    assert!(shown.text().contains("Ten &#60;credits"), "{}", shown.text());
    browser.post(&page, &[("act", act), ("delivery", delivery)]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_comes_through_by_webhooks_that_the_server_sends_itself() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for delivery in ["normal", "twice"] {
        let payment = start(&ada, &organization).await;
        press(&app, &payment, "decline", delivery).await.expect(422);
        app.work().await;
        assert_eq!(get(&ada, &organization, &payment).await["status"], "failed");
        press(&app, &payment, "pay", delivery).await.expect(303);
        app.work().await;
        let paid = get(&ada, &organization, &payment).await;
        assert_eq!(
            (&paid["status"], &paid["amount_paid"]),
            (&json!("succeeded"), &json!(1999))
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_gets_lost_is_found_by_asking() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let payment = start(&ada, &organization).await;
    press(&app, &payment, "pay", "lost").await.expect(303);
    app.work().await;
    assert_eq!(get(&ada, &organization, &payment).await["status"], "pending");
    let id = payment["id"].as_str().unwrap();
    let sync = format!("/payments/{id}/sync?organization_id={organization}");
    ada.post(&sync, json!({})).await.expect(200);
    assert_eq!(get(&ada, &organization, &payment).await["status"], "succeeded");
}

/// Whoever knows the address and not the key changes nothing.
#[tokio::test]
async fn webhooks_of_nobody_are_refused() {
    let app = TestApp::start().await;
    let body = json!({ "id": "sb_evt_1", "type": "payment.succeeded", "created": 1, "object": {} });
    for signature in ["", "t=1,v1=00", &format!("t=1,v1={}", "0".repeat(64))] {
        let ask = app.nobody().ask(reqwest::Method::POST, "/webhooks/sandbox");
        let ask = ask.header("sandbox-signature", signature).json(body.clone());
        assert!((400..500).contains(&ask.send().await.status), "{signature}");
    }
}
