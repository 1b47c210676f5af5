//! `/users/{userId}/settings`.

use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::json;

const SETTINGS: &str = "/users/me/settings";

#[tokio::test]
async fn settings_start_at_their_defaults_and_are_replaced() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let before = ada.get(SETTINGS).await.expect(200);
    let mut expected = json!({
        "locale": "en", "time_zone": "UTC", "theme": "system", "notifications": {},
        "updated_at": before.at("/updated_at"),
    });
    assert_eq!(before.json(), expected);
    let body = json!({
        "locale": "de", "time_zone": "Europe/Berlin", "theme": "dark",
        "notifications": { "billing": { "email": true, "in_app": false } },
    });
    let put = ada
        .ask(Method::PUT, SETTINGS)
        .header("if-match", before.header("etag"));
    let changed = put.json(body.clone()).send().await.expect(200);
    assert_eq!(changed.at("/time_zone"), "Europe/Berlin");
    assert_eq!(changed.json()["notifications"], body["notifications"]);
    assert_eq!(ada.get("/users/me").await.expect(200).at("/locale"), "de");
    let lost = ada
        .ask(Method::PUT, SETTINGS)
        .header("if-match", before.header("etag"));
    lost.json(body)
        .send()
        .await
        .expect_problem(412, "version_mismatch");
    let read = ada.get(SETTINGS).await.expect(200);
    assert_eq!(read.bytes, changed.bytes);
    assert_eq!(read.header("etag"), changed.header("etag"));
    let reset = ada.put(SETTINGS, json!({})).await.expect(200);
    expected["locale"] = json!("de");
    expected["updated_at"] = json!(reset.at("/updated_at"));
    assert_eq!(reset.json(), expected);
}

#[tokio::test]
async fn what_is_no_setting_is_refused() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for (body, pointer) in [
        (json!({ "time_zone": "Mars/Olympus" }), "/time_zone"),
        (json!({ "time_zone": "../../etc/passwd" }), "/time_zone"),
        (json!({ "theme": "purple" }), "/theme"),
        (json!({ "locale": "not a language" }), "/locale"),
        (json!({ "version": 7 }), "/version"),
        (
            json!({ "notifications": { "billing": { "sms": true } } }),
            "/notifications/billing/sms",
        ),
    ] {
        ada.put(SETTINGS, body).await.expect_field(pointer);
    }
    let many: serde_json::Map<_, _> = (0..51).map(|number| (format!("c{number}"), json!({}))).collect();
    ada.put(SETTINGS, json!({ "notifications": many }))
        .await
        .expect_field("/notifications");
}

#[tokio::test]
async fn settings_are_their_owners_and_staffs() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let path = format!("/users/{}/settings", ada.id);
    eve.get(&path).await.expect_problem(404, "not_found");
    eve.put(&path, json!({ "theme": "dark" }))
        .await
        .expect_problem(404, "not_found");
    let support = app.staff("sue", "support").await;
    support.get(&path).await.expect(200);
    support
        .put(&path, json!({ "theme": "dark" }))
        .await
        .expect_problem(404, "not_found");
    let admin = app.staff("adam", "admin").await;
    admin.put(&path, json!({ "theme": "dark" })).await.expect(200);
    assert_eq!(ada.get(SETTINGS).await.expect(200).at("/theme"), "dark");
    app.nobody().get(SETTINGS).await.expect(401);
}
