//! What mail servers and providers report.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crypto::WebhookSecret;
use kernel::{Clock as _, Timestamp};
use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{NEWS, happened, listed, post, reaches, take_all};

const PATH: &str = "/webhooks/mail";
const ADA: &str = "ada@example.com";

struct World {
    app: TestApp,
    secret: WebhookSecret,
    owner: Person,
    acme: String,
}

impl World {
    async fn make() -> Self {
        let secret = WebhookSecret::generate();
        let setup = Setup::default().set("mail_webhook_secret", secret.to_text().expose());
        let app = TestApp::with(setup).await;
        let (owner, acme) = app.owner("owner").await;
        Self {
            app,
            secret,
            owner,
            acme,
        }
    }

    /// A mail that a mail server took; its id.
    async fn sent(&self, to: &str) -> String {
        let posted = post(&self.app, Some(&self.acme), NEWS, &[to]).await;
        take_all(&self.app).await;
        posted[0].id.to_string()
    }

    async fn report(&self, events: Value) -> Value {
        self.send("application/json", json!({ "events": events }).to_string())
            .await
            .expect(200)
            .json()
    }

    /// Shows the secret, as who can't sign does.
    async fn send(&self, kind: &str, body: String) -> Answer {
        let pair = STANDARD.encode(format!("mail:{}", self.secret.to_text().expose()));
        let ask = self.app.nobody().ask(Method::POST, PATH);
        let ask = ask.header("authorization", &format!("Basic {pair}"));
        ask.body(kind, body).send().await
    }

    async fn signed(&self, body: &str, sent_at: Timestamp, signature: Option<&str>) -> Answer {
        let good = self.secret.sign("evt_1", sent_at, body.as_bytes());
        self.app
            .nobody()
            .ask(Method::POST, PATH)
            .header("webhook-id", "evt_1")
            .header("webhook-timestamp", &sent_at.unix_seconds().to_string())
            .header("webhook-signature", signature.unwrap_or(&good))
            .body("application/json", body.to_owned())
            .send()
            .await
    }
}

fn outcome(applied: u32, repeated: u32, ignored: u32) -> Value {
    json!({ "applied": applied, "repeated": repeated, "ignored": ignored })
}

#[tokio::test]
async fn a_bounce_and_a_complaint_stop_mail_and_are_applied_once() {
    let world = World::make().await;
    let (to_ada, to_bob) = (world.sent(ADA).await, world.sent("bob@example.com").await);
    let events = json!([
        { "type": "bounce", "message_id": to_ada, "bounce_type": "hard", "diagnostic": "550 5.1.1 no such user" },
        { "type": "complaint", "message_id": format!("<{to_bob}@app.example.com>"), "recipient": "BOB@example.com" },
        { "type": "delivered", "message_id": to_bob },
    ]);
    assert_eq!(world.report(events.clone()).await, outcome(2, 0, 1));
    assert_eq!(
        world.report(events).await,
        outcome(0, 2, 1),
        "a repeat changes nothing"
    );
    let list = listed(&world.owner, &world.acme).await;
    assert_eq!(
        list,
        ["bob@example.com all complaint", "ada@example.com all bounce"]
    );
    let path = format!("/suppressions?organization_id={}&reason=bounce", world.acme);
    let bounce = world.owner.get(&path).await.expect(200);
    assert_eq!(bounce.at("/data/0/message_id"), to_ada);
    assert_eq!(bounce.at("/data/0/detail"), "550 5.1.1 no such user");
    for to in [ADA, "bob@example.com"] {
        assert!(!reaches(&world.app, Some(&world.acme), NEWS, to).await, "{to}");
        assert!(
            reaches(&world.app, None, NEWS, to).await,
            "{to}: others may still try"
        );
    }
    assert_eq!(happened(&world.owner, &world.acme, "suppression.added").await, 2);
}

#[tokio::test]
async fn a_soft_bounce_stops_nothing() {
    let world = World::make().await;
    let id = world.sent(ADA).await;
    for bounce_type in [json!("soft"), Value::Null] {
        let event = json!({ "type": "bounce", "message_id": id, "bounce_type": bounce_type });
        world.report(json!([event])).await;
    }
    assert!(listed(&world.owner, &world.acme).await.is_empty());
    assert!(reaches(&world.app, Some(&world.acme), NEWS, ADA).await);
}

#[tokio::test]
async fn an_address_alone_is_not_believed_beside_a_mail_that_was_to_somebody_else() {
    let world = World::make().await;
    let id = world.sent(ADA).await;
    world.sent("bob@example.com").await;
    let hard = |message: &str, recipient: &str| json!([{ "type": "bounce", "bounce_type": "hard", "message_id": message, "recipient": recipient }]);
    for (message, recipient) in [
        (id.as_str(), "bob@example.com"),
        ("msg_01h455vb4pex5vsknk084sn02q", "bob@example.com"),
        ("<20261201.1234@elsewhere.example>", "bob@example.com"),
        ("", "bob@example.com"),
    ] {
        let answer = world.report(hard(message, recipient)).await;
        assert_eq!(answer, outcome(0, 0, 1), "{message} {recipient}");
    }
    assert!(listed(&world.owner, &world.acme).await.is_empty());
    let known = json!([{ "type": "bounce", "bounce_type": "hard", "recipient": "bob@example.com" }]);
    assert_eq!(
        world.report(known).await,
        outcome(1, 0, 0),
        "the latest mail to the address"
    );
    let unknown = json!([
        { "type": "complaint", "recipient": "eve@example.com" },
        { "type": "complaint", "recipient": "no address" },
        { "type": "complaint" },
    ]);
    assert_eq!(world.report(unknown).await, outcome(0, 0, 3));
    assert_eq!(
        listed(&world.owner, &world.acme).await,
        ["bob@example.com all bounce"]
    );
}

fn returned(id: &str, recipient: &str, status: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example.net\r\nDate: Tue, 01 Dec 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.net\r\n\r\n\
         Final-Recipient: rfc822; {recipient}\r\nAction: failed\r\nStatus: {status}\r\n\
         Diagnostic-Code: smtp; 550 no\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <{id}@127.0.0.1>\r\n\r\n--b--\r\n"
    )
}

#[tokio::test]
async fn a_mail_that_came_back_is_read_as_it_is() {
    let world = World::make().await;
    let id = world.sent(ADA).await;
    let send = async |mail: String| world.send("message/rfc822", mail).await.expect(200).json();
    assert_eq!(
        send("Subject: Hello\r\n\r\nI am on holiday.".into()).await,
        outcome(0, 0, 1)
    );
    assert_eq!(
        send(returned(&id, "bob@example.com", "5.1.1")).await,
        outcome(0, 0, 1)
    );
    assert_eq!(send(returned("forged", ADA, "5.1.1")).await, outcome(0, 0, 1));
    send(returned(&id, ADA, "5.7.1")).await;
    assert!(
        listed(&world.owner, &world.acme).await.is_empty(),
        "a policy is not the mailbox"
    );
    assert_eq!(
        send(returned(&id, "ADA@example.com", "5.1.1")).await,
        outcome(1, 0, 0)
    );
    assert_eq!(send(returned(&id, ADA, "5.1.1")).await, outcome(0, 1, 0));
    assert_eq!(
        listed(&world.owner, &world.acme).await,
        ["ada@example.com all bounce"]
    );
    world
        .send("message/rfc822", "x".repeat(1024 * 1024 + 1))
        .await
        .expect(413);
}

#[tokio::test]
async fn only_who_knows_the_secret_is_listened_to() {
    let world = World::make().await;
    let id = world.sent(ADA).await;
    let now = world.app.clock.now();
    let body = json!({ "events": [{ "type": "complaint", "message_id": id }] }).to_string();
    let other = WebhookSecret::generate();
    let forged = other.sign("evt_1", now, body.as_bytes());
    let old = now.minus(std::time::Duration::from_secs(301));
    for answer in [
        world.signed(&body, now, Some(&forged)).await,
        world.signed(&body, now, Some("v1,")).await,
        world.signed(&body, old, None).await,
        world.app.nobody().post(PATH, json!({ "events": [] })).await,
        world.owner.post(PATH, json!({ "events": [] })).await,
        world
            .app
            .nobody()
            .with_token(other.to_text().expose())
            .post(PATH, json!({}))
            .await,
        world
            .app
            .nobody()
            .with_token("whsec_")
            .post(PATH, json!({}))
            .await,
    ] {
        answer.expect_problem(401, "mail_report_unproven");
    }
    assert!(listed(&world.owner, &world.acme).await.is_empty());
    let bearer = world.app.nobody().with_token(world.secret.to_text().expose());
    bearer
        .post(PATH, json!({ "events": [{ "type": "open" }] }))
        .await
        .expect(422);
    bearer.post(PATH, json!({ "events": [] })).await.expect(422);
    bearer
        .post(PATH, json!({ "events": [{ "type": "complaint" }] }))
        .await
        .expect(200);
    let both = world.signed(&body, now, None).await.expect(200);
    assert_eq!(both.json(), outcome(1, 0, 0));
    let silent = TestApp::start().await;
    let answer = silent.nobody().post(PATH, json!({ "events": [] })).await;
    answer.expect_problem(404, "not_found");
}
