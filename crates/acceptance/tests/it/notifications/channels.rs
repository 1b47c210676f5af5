//! A notification by mail: when its sender asks for it and its reader wants it.

use mainstay_acceptance::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_mail_goes_to_who_wants_it_in_their_language() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let path = format!("/organizations/{acme}/notifications");
    let body = json!({
        "user_ids": [mia.id, owner.id], "category": "invoice", "title": "Invoice 31 is <due>\u{2028}now",
        "body": "First line.\nSecond <line>.", "link": "/invoices/31", "channels": ["email"],
    });
    let settings = format!("/users/{}/settings", mia.id);
    mia.put(&settings, json!({ "locale": "de" })).await.expect(200);
    owner
        .put(
            "/notifications/preferences",
            json!({ "preferences": [{ "category": "invoice", "channel": "email", "is_enabled": false }] }),
        )
        .await
        .expect(200);
    let sent = owner.post(&path, body).await.expect(202).json();
    assert_eq!(sent, json!({ "notifications": [], "mailed": 1, "pushed": 0 }));
    let mail = app.mail_to(&mia.email).await;
    assert_eq!(
        (mail.template.as_str(), mail.to.as_str()),
        ("notification", mia.email.as_str())
    );
    assert_eq!(mail.subject, "Invoice 31 is <due> now");
    assert!(mail.text.contains("First line.\nSecond <line>."), "{}", mail.text);
    assert!(
        mail.text.contains(&format!("\n{}/invoices/31\n", app.base)),
        "{}",
        mail.text
    );
    assert!(
        mail.text.contains("Benachrichtigungseinstellungen"),
        "{}",
        mail.text
    );
    assert!(mail.html.contains("Second &lt;line&gt;."), "{}", mail.html);
    let mails = app.mails_to(&owner.email).await;
    assert!(mails.iter().all(|mail| mail.template != "notification"));
    let feed = mia.get("/notifications").await.expect(200).json();
    assert_eq!(feed["data"], json!([]), "the sender did not ask for the feed");
}

#[tokio::test]
async fn repeating_a_request_mails_nobody_twice() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let path = format!("/organizations/{acme}/notifications");
    let body = json!({
        "user_ids": [mia.id, mia.id], "category": "invoice", "title": "Due", "channels": ["in_app", "email"],
    });
    for _ in 0..2 {
        let ask = owner
            .ask(reqwest::Method::POST, &path)
            .header("idempotency-key", "once");
        let sent = ask.json(body.clone()).send().await.expect(202).json();
        assert_eq!(sent["notifications"].as_array().unwrap().len(), 1);
        assert_eq!(sent["mailed"], 1);
    }
    let mails = app.mails_to(&mia.email).await;
    let count = mails
        .iter()
        .filter(|mail| mail.template == "notification")
        .count();
    assert_eq!(count, 1);
    let refused = json!({ "user_ids": [mia.id], "category": "a", "title": "b", "channels": ["sms"] });
    owner.post(&path, refused).await.expect(422);
}

#[tokio::test]
async fn nobody_without_a_confirmed_address_is_mailed() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let mia = app.member("mia", &owner, &acme, "member").await;
    let admin = app.staff("admin", "admin").await;
    admin
        .post(&format!("/users/{}/suspend", mia.id), json!({ "reason": "Gone" }))
        .await;
    let body = json!({ "user_ids": [mia.id], "category": "a", "title": "b", "channels": ["email"] });
    let path = format!("/organizations/{acme}/notifications");
    let sent = owner.post(&path, body).await.expect(202).json();
    let user = admin.get(&format!("/users/{}", mia.id)).await.expect(200).json();
    assert_eq!(user["status"], "suspended");
    assert_eq!(sent["mailed"], 0);
}
