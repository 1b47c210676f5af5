//! Mail to many: all or nothing, once, and within the limits, however many ask at once.

use std::collections::BTreeSet;

use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const EMAIL: &str = "/messages/email";

fn to_many(organization: &str, count: usize, round: usize) -> Value {
    let to: Vec<String> = (0..count)
        .map(|number| format!("r{round}-{number}@example.com"))
        .collect();
    json!({ "organization_id": organization, "to": to, "subject": "News", "text": "There is news.\n" })
}

async fn ask(person: &Person, key: &str, body: Value) -> Answer {
    let ask = person.ask(Method::POST, EMAIL);
    let ask = if key.is_empty() {
        ask
    } else {
        ask.header("idempotency-key", key)
    };
    ask.json(body).send().await
}

/// How many mails an organization has.
async fn count(app: &TestApp, organization: &str) -> i64 {
    let organization: kernel::OrganizationId = organization.parse().unwrap();
    let work = async move |tx: &mut db::ReadTx| {
        let sql = "SELECT count(*) FROM messages WHERE organization_id = $1";
        db::Executor::fetch_one::<i64>(tx, sql, db::args![organization]).await
    };
    let counted: Result<i64, db::DbError> = app.app().db().read(work).await;
    counted.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_are_asked_for_by_many_at_once_and_sent_once() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let body = to_many(&organization, 1_000, 0);
    let answers = app
        .at_once(8, |_| {
            let (owner, body) = (owner.clone(), body.clone());
            async move { ask(&owner, "one", body).await }
        })
        .await;
    let done: Vec<&Answer> = answers.iter().filter(|answer| answer.status == 202).collect();
    assert!(!done.is_empty(), "{:?}", answers[0].status);
    for answer in &answers {
        assert!([202, 409].contains(&answer.status), "{}", answer.status);
    }
    for answer in &done {
        assert_eq!(answer.json(), done[0].json());
    }
    assert_eq!(count(&app, &organization).await, 1_000);
    let ids: BTreeSet<String> = done[0].json()["messages"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(ids.len(), 1_000);
    let again = ask(&owner, "one", body).await.expect(202);
    assert_eq!(again.json(), done[0].json());
    assert_eq!(again.header("idempotency-replayed"), "true");
    ask(&owner, "one", to_many(&organization, 999, 0))
        .await
        .expect_problem(422, "idempotency_key_reused");
    assert_eq!(count(&app, &organization).await, 1_000);
}

#[tokio::test]
async fn what_was_answered_is_answered_again_whatever_has_changed() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let body = json!({ "organization_id": organization, "email": "desk@ink.example" });
    let sender = owner.post("/messages/senders", body).await.expect(201);
    let path = format!("/messages/senders/{}", sender.at("/id"));
    let code = app.mail_to("desk@ink.example").await.code();
    owner
        .post(
            &format!("{path}/verify?organization_id={organization}"),
            json!({ "code": code }),
        )
        .await
        .expect(200);
    let mut body = to_many(&organization, 2, 0);
    body["from"] = json!("desk@ink.example");
    let first = ask(&owner, "one", body.clone()).await.expect(202);
    owner
        .delete(&format!("{path}?organization_id={organization}"))
        .await
        .expect(204);
    let again = ask(&owner, "one", body.clone()).await.expect(202);
    assert_eq!(again.json(), first.json());
    ask(&owner, "two", body).await.expect_field("/from");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn limits_hold_whoever_asks_at_once() {
    let strict = Setup {
        widen_limits: 1,
        ..Setup::default()
    };
    let app = TestApp::with(
        strict
            .set("mail_organization_hourly", "100")
            .set("mail_organization_daily", "150")
            .set("mail_key_hourly", "60"),
    )
    .await;
    let (owner, organization) = app.owner("owner").await;
    let refused = ask(&owner, "", to_many(&organization, 101, 0)).await;
    refused.expect_field("/to");
    let answers = app
        .at_once(20, |round| {
            let (owner, body) = (owner.clone(), to_many(&organization, 9, round));
            async move { ask(&owner, "", body).await }
        })
        .await;
    let accepted = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!(accepted, 11, "11 times 9 are within 100");
    for answer in answers.iter().filter(|answer| answer.status != 202) {
        let answer = answer.clone().expect_problem(429, "rate_limited");
        assert!(answer.header("retry-after").parse::<u64>().unwrap() > 0);
    }
    assert_eq!(
        count(&app, &organization).await,
        99,
        "nothing of what is refused is kept"
    );
    ask(&owner, "", to_many(&organization, 1, 90)).await.expect(202);
    ask(&owner, "", to_many(&organization, 1, 91)).await.expect(429);
    // A day has limits of its own.
    app.clock.advance(std::time::Duration::from_hours(1));
    let mut owner = owner;
    owner.sign_in().await;
    ask(&owner, "", to_many(&organization, 51, 92)).await.expect(429);
    ask(&owner, "", to_many(&organization, 50, 93)).await.expect(202);
    assert_eq!(count(&app, &organization).await, 150);
    // And so has a key; another organization is not held up.
    let (other, elsewhere) = app.owner("other").await;
    let path = format!("/organizations/{elsewhere}/api-keys");
    let body = json!({ "name": "Shop", "scopes": ["messages:send"] });
    let made = other.post(&path, body).await.expect(201);
    let key = other.with_token(&made.at("/token"));
    ask(&key, "", to_many(&elsewhere, 61, 94))
        .await
        .expect_field("/to");
    ask(&key, "", to_many(&elsewhere, 60, 95)).await.expect(202);
    ask(&key, "", to_many(&elsewhere, 1, 96)).await.expect(429);
    ask(&other, "", to_many(&elsewhere, 40, 97)).await.expect(202);
    assert_eq!(count(&app, &elsewhere).await, 100);
}

#[tokio::test]
async fn what_is_too_much_is_refused_as_a_whole() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    ask(&owner, "", to_many(&organization, 1_001, 0))
        .await
        .expect_field("/to");
    ask(&owner, "", to_many(&organization, 50_000, 0))
        .await
        .expect_field("/to");
    let mut long = to_many(&organization, 1_000, 0);
    long["html"] = json!("x".repeat(100_000));
    let refused = ask(&owner, "", long).await;
    assert_eq!(refused.json()["errors"][0]["code"], "too_large", "{refused}");
    let mut files = to_many(&organization, 1, 0);
    let file = |bytes: usize| json!({ "filename": "a", "content_type": "text/plain", "content": "AAAA".repeat(bytes / 3) });
    files["attachments"] = json!([file(3 * 1024 * 1024), file(2 * 1024 * 1024 + 3)]);
    ask(&owner, "", files).await.expect_field("/attachments");
    let mut body = to_many(&organization, 1, 0);
    body["text"] = json!("x".repeat(9 * 1024 * 1024));
    ask(&owner, "", body).await.expect_problem(413, "body_too_large");
    assert_eq!(count(&app, &organization).await, 0);
}
