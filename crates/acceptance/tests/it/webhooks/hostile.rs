//! Receivers that behave badly.

use std::time::Duration;

use mainstay_acceptance::{Manner, Receiver, TestApp};
use serde_json::{Value, json};

use super::{app, deliveries_of, details, endpoint, happen, later, place};

/// What the log says of the last attempt at the last delivery.
async fn last_attempt(
    app: &TestApp,
    owner: &mainstay_acceptance::Person,
    (organization, endpoint): (&str, &str),
) -> Value {
    app.work().await;
    let deliveries = deliveries_of(owner, organization, endpoint).await;
    let shown = details(owner, organization, endpoint, deliveries.last().unwrap()).await;
    shown.json()["log"].as_array().unwrap().last().unwrap().clone()
}

#[tokio::test]
async fn bad_answers_are_failures_that_say_why() {
    let app = app().await;
    let (receiver, inside) = (Receiver::start().await, Receiver::start().await);
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    let redirect = format!("location: {}\r\n", inside.url());
    let huge = format!("HTTP/1.1 200 OK\r\nx-huge: {}\r\n\r\n", "x".repeat(10_000_000));
    for (number, (manner, status, words)) in [
        (
            Manner::Status(302, redirect.clone()),
            json!(302),
            "redirects are not followed",
        ),
        (
            Manner::Status(307, redirect),
            json!(307),
            "redirects are not followed",
        ),
        (
            Manner::Status(301, "location: http://169.254.169.254/\r\n".into()),
            json!(301),
            "redirects are not followed",
        ),
        (Manner::status(404), json!(404), "it answered 404"),
        (Manner::Reset, Value::Null, "can't be reached"),
        (Manner::Bytes(huge.into_bytes()), Value::Null, "can't be reached"),
        (
            Manner::Bytes(b"\0\xff\xfegarbage\r\n\r\n".to_vec()),
            Value::Null,
            "can't be reached",
        ),
    ]
    .into_iter()
    .enumerate()
    {
        receiver.behave(manner.clone());
        happen(&ada, &organization, &format!("n{number}")).await;
        let attempt = last_attempt(&app, &ada, (&organization, &id)).await;
        assert_eq!(attempt["status_code"], status, "{attempt}");
        let error = attempt["error"].as_str().unwrap();
        assert!(error.contains(words), "{error}");
        ada.post(&place(&organization, &id, "/disable"), json!({}))
            .await
            .expect(200);
        app.work().await;
        ada.post(&place(&organization, &id, "/enable"), json!({}))
            .await
            .expect(200);
    }
    assert_eq!(inside.heard().len(), 0);
}

#[tokio::test]
async fn an_endless_answer_is_cut_off_and_counts_by_its_status() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::Endless);
    happen(&ada, &organization, "first").await;
    let attempt = last_attempt(&app, &ada, (&organization, &id)).await;
    assert_eq!(
        (&attempt["status_code"], &attempt["error"]),
        (&json!(200), &Value::Null)
    );
    assert_eq!(attempt["response_body"].as_str().unwrap().len(), 4096);
    receiver.behave(Manner::Bytes(
        b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\na\0\xffb".to_vec(),
    ));
    happen(&ada, &organization, "second").await;
    let attempt = last_attempt(&app, &ada, (&organization, &id)).await;
    assert_eq!(attempt["response_body"], json!("a\u{fffd}\u{fffd}b"));
}

#[tokio::test]
async fn private_addresses_are_not_asked() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for (number, url) in [
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data",
        "https://2130706433/",
        "https://localhost/",
    ]
    .into_iter()
    .enumerate()
    {
        let body =
            json!({ "organization_id": organization, "url": url, "event_types": ["organization_data.*"] });
        let id = ada
            .post("/webhook-endpoints", body)
            .await
            .expect(201)
            .at("/webhook_endpoint/id");
        happen(&ada, &organization, &format!("n{number}")).await;
        let attempt = last_attempt(&app, &ada, (&organization, &id)).await;
        let error = attempt["error"].as_str().unwrap();
        assert!(error.contains("private address"), "{url}: {error}");
    }
}

#[tokio::test]
async fn who_is_gone_is_asked_no_more() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::status(410));
    for number in 0..5 {
        happen(&ada, &organization, &format!("n{number}")).await;
    }
    app.work().await;
    assert_eq!(receiver.heard().len(), 1);
    let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
    assert_eq!(
        (shown.at("/status"), shown.at("/disabled_reason")),
        ("disabled".into(), "gone".into())
    );
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    assert!(
        deliveries.iter().all(|delivery| delivery["status"] == "failed"),
        "{deliveries:?}"
    );
    happen(&ada, &organization, "more").await;
    later(&app, Duration::from_hours(48)).await;
    assert_eq!(receiver.heard().len(), 1);
}

#[tokio::test]
async fn a_wish_to_wait_is_heard_within_bounds() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (ada, organization) = app.owner("ada").await;
    endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::Status(429, "retry-after: 99999999999\r\n".into()));
    happen(&ada, &organization, "first").await;
    happen(&ada, &organization, "second").await;
    app.work().await;
    assert_eq!(receiver.heard().len(), 1, "the whole endpoint waits");
    later(&app, Duration::from_mins(50)).await;
    assert_eq!(receiver.heard().len(), 1);
    receiver.behave(Manner::status(200));
    later(&app, Duration::from_mins(17)).await;
    assert_eq!(receiver.heard().len(), 3);
}

#[tokio::test]
async fn an_endpoint_that_fails_again_and_again_is_asked_rarely_until_it_succeeds() {
    let app = app().await;
    let receiver = Receiver::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let (id, _) = endpoint(&ada, &organization, &receiver, &["organization_data.*"]).await;
    receiver.behave(Manner::status(503));
    for number in 0..20 {
        happen(&ada, &organization, &format!("n{number}")).await;
    }
    app.work().await;
    assert_eq!(receiver.heard().len(), 5);
    let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
    assert_eq!(shown.json()["failures"], json!(5));
    assert!(shown.json()["paused_until"].is_string(), "{shown}");
    later(&app, Duration::from_secs(40)).await;
    assert_eq!(receiver.heard().len(), 6, "one probe");
    receiver.behave(Manner::status(200));
    later(&app, Duration::from_mins(10)).await;
    ada.sign_in().await;
    let shown = ada.get(&place(&organization, &id, "")).await.expect(200);
    assert_eq!(
        (shown.at("/failures"), shown.at("/paused_until")),
        ("0".into(), "null".into())
    );
    let deliveries = deliveries_of(&ada, &organization, &id).await;
    assert!(
        deliveries
            .iter()
            .all(|delivery| delivery["status"] == "succeeded"),
        "{deliveries:?}"
    );
}
