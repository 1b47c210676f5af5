//! Addresses that mail of organizations may be from.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, Setup, TestApp};
use serde_json::{Value, json};

const SENDERS: &str = "/messages/senders";

async fn add(person: &Person, organization: &str, email: &str) -> Answer {
    let body = json!({ "organization_id": organization, "email": email, "name": "Ink & Quill" });
    person.post(SENDERS, body).await
}

fn path(answer: &Answer, action: &str) -> String {
    let (id, organization) = (answer.at("/id"), answer.at("/organization_id"));
    format!("{SENDERS}/{id}{action}?organization_id={organization}")
}

async fn verify(person: &Person, sender: &Answer, code: &str) -> Answer {
    person
        .post(&path(sender, "/verify"), json!({ "code": code }))
        .await
}

async fn resend(person: &Person, sender: &Answer) -> Answer {
    person
        .ask(reqwest::Method::POST, &path(sender, "/resend"))
        .send()
        .await
}

/// A code that is not this one.
fn wrong(code: &str) -> &'static str {
    if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    }
}

/// As in production.
fn strict() -> Setup {
    Setup {
        widen_limits: 1,
        ..Setup::default()
    }
}

#[tokio::test]
async fn an_address_is_shown_to_be_ones_own_by_the_code_that_is_mailed_there() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let sender = add(&owner, &organization, "Hello@Ink.example").await.expect(201);
    assert_eq!(
        (sender.at("/email"), sender.at("/is_verified"), sender.at("/name")),
        ("Hello@Ink.example".into(), "false".into(), "Ink & Quill".into())
    );
    let mail = app.mail_to("hello@ink.example").await;
    assert_eq!(mail.template, "sender_verification");
    let code = mail.code();
    assert!(
        !mail.subject.contains(&code),
        "subjects are kept and shown: {}",
        mail.subject
    );
    verify(&owner, &sender, wrong(&code)).await.expect_field("/code");
    let typed = format!("{} {}", &code[..4], &code[4..]);
    let verified = verify(&owner, &sender, &typed).await.expect(200);
    assert_eq!(verified.at("/is_verified"), "true");
    verify(&owner, &sender, &code)
        .await
        .expect_problem(409, "sender_verified");
    resend(&owner, &sender)
        .await
        .expect_problem(409, "sender_verified");
    let shown = owner.get(sender.header("location")).await.expect(200);
    assert_eq!(shown.json(), verified.json());
    let list = format!("{SENDERS}?organization_id={organization}");
    assert_eq!(
        owner.get(&list).await.expect(200).json()["data"],
        json!([verified.json()])
    );
    add(&owner, &organization, "hello@INK.example")
        .await
        .expect_problem(409, "sender_exists");
    owner.delete(&path(&sender, "")).await.expect(204);
    owner.delete(&path(&sender, "")).await.expect(404);
    owner.get(&path(&sender, "")).await.expect(404);
    assert_eq!(owner.get(&list).await.expect(200).json()["data"], json!([]));
    let activity = format!("/organizations/{organization}/activity");
    let activity = owner.get(&activity).await.expect(200).text();
    for event in ["sender.created", "sender.verified", "sender.deleted"] {
        assert!(activity.contains(event), "{event}");
    }
    assert!(!activity.contains(&code));
}

#[tokio::test]
async fn a_code_is_of_no_use_to_others_after_a_while_or_after_five_tries() {
    let app = TestApp::start().await;
    let (mut owner, organization) = app.owner("owner").await;
    let sender = add(&owner, &organization, "late@ink.example").await.expect(201);
    let code = app.mail_to("late@ink.example").await.code();
    app.clock.advance(Duration::from_mins(15));
    owner.sign_in().await;
    verify(&owner, &sender, &code).await.expect_field("/code");
    resend(&owner, &sender).await.expect(200);
    let next = app.mail_to("late@ink.example").await.code();
    if next != code {
        verify(&owner, &sender, &code).await.expect_field("/code");
    }
    for _ in 0..5 {
        verify(&owner, &sender, wrong(&next)).await.expect_field("/code");
    }
    verify(&owner, &sender, &next).await.expect_field("/code");
    resend(&owner, &sender).await.expect(200);
    let last = app.mail_to("late@ink.example").await.code();
    verify(&owner, &sender, &last).await.expect(200);
}

#[tokio::test]
async fn of_many_who_show_a_code_at_once_one_has_verified_it() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let sender = add(&owner, &organization, "race@ink.example").await.expect(201);
    let code = app.mail_to("race@ink.example").await.code();
    let answers = app
        .at_once(20, |_| {
            let (owner, sender, code) = (owner.clone(), sender.clone(), code.clone());
            async move { verify(&owner, &sender, &code).await.status }
        })
        .await;
    let verified = answers.iter().filter(|status| **status == 200).count();
    assert_eq!(verified, 1, "{answers:?}");
    assert!(
        answers.iter().all(|status| [200, 409].contains(status)),
        "{answers:?}"
    );
}

#[tokio::test]
async fn what_is_asked_twice_with_a_key_is_mailed_once() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let body = json!({ "organization_id": organization, "email": "once@ink.example" });
    let ask = || {
        owner
            .ask(reqwest::Method::POST, SENDERS)
            .header("idempotency-key", "one")
            .json(body.clone())
            .send()
    };
    let (first, second) = (ask().await.expect(201), ask().await.expect(201));
    assert_eq!(first.json(), second.json());
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!(app.mails_to("once@ink.example").await.len(), 1);
}

#[tokio::test]
async fn nobody_is_bombed_with_codes() {
    let app = TestApp::with(strict()).await;
    let (mut owner, organization) = app.owner("owner").await;
    let (mut other, elsewhere) = app.owner("other").await;
    let victim = "victim@example.net";
    let first = add(&owner, &organization, victim).await.expect(201);
    let second = add(&other, &elsewhere, victim).await.expect(201);
    resend(&owner, &first).await.expect(200);
    for (person, sender) in [(&owner, &first), (&other, &second)] {
        let refused = resend(person, sender).await.expect_problem(429, "rate_limited");
        assert!(!refused.header("retry-after").is_empty());
    }
    assert_eq!(app.mails_to(victim).await.len(), 3);
    app.clock.advance(Duration::from_hours(1));
    owner.sign_in().await;
    other.sign_in().await;
    resend(&other, &second).await.expect(200);
    assert_eq!(app.mails_to(victim).await.len(), 4);
    // Nor are many, one after the other.
    let mut statuses = Vec::new();
    for number in 0..20 {
        let email = format!("victim{number}@example.net");
        statuses.push(add(&owner, &organization, &email).await.status);
    }
    assert_eq!(
        statuses.iter().filter(|status| **status == 201).count(),
        18,
        "{statuses:?}"
    );
    assert_eq!(statuses.last(), Some(&429));
    let list = format!("{SENDERS}?organization_id={organization}&limit=200");
    let kept = owner.get(&list).await.expect(200).json();
    assert_eq!(
        kept["data"].as_array().unwrap().len(),
        19,
        "what is refused is not kept"
    );
}

#[tokio::test]
async fn senders_are_their_organizations_alone() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let (other, elsewhere) = app.owner("other").await;
    let mine = add(&owner, &organization, "both@ink.example").await.expect(201);
    let theirs = add(&other, &elsewhere, "both@ink.example").await.expect(201);
    let codes: Vec<String> = app
        .mails_to("both@ink.example")
        .await
        .iter()
        .map(mainstay_acceptance::Mail::code)
        .collect();
    let foreign = format!("{SENDERS}/{}?organization_id={elsewhere}", mine.at("/id"));
    other.get(&foreign).await.expect(404);
    other.delete(&foreign).await.expect(404);
    other.get(&path(&mine, "")).await.expect(404);
    if codes[0] != codes[1] {
        verify(&owner, &mine, &codes[1]).await.expect_field("/code");
    }
    verify(&owner, &mine, &codes[0]).await.expect(200);
    verify(&other, &theirs, &codes[1]).await.expect(200);
    let staff = app.staff("staff", "admin").await;
    for list in [SENDERS.to_owned(), format!("{SENDERS}?organization_id=nonsense")] {
        staff.get(&list).await.expect_field("organization_id");
    }
}

#[tokio::test]
async fn what_is_no_address_and_no_name_is_refused() {
    let app = TestApp::start().await;
    let (owner, organization) = app.owner("owner").await;
    let with = |field: &str, value: Value| {
        let mut body = json!({ "organization_id": organization, "email": "a@ink.example" });
        body[field] = value;
        body
    };
    for (field, value) in [
        ("email", json!("a@ink.example\r\nBcc: eve@example.com")),
        ("email", json!("Ink <a@ink.example>")),
        ("email", json!(["a@ink.example"])),
        ("name", json!("Ink\r\nBcc: eve@example.com")),
        ("name", json!("Ink\u{2028}Quill")),
        ("name", json!("   ")),
        ("name", json!("x".repeat(101))),
        ("locale", json!("not a language")),
        ("verified_at", json!("2026-01-01T00:00:00Z")),
    ] {
        owner
            .post(SENDERS, with(field, value))
            .await
            .expect_field(&format!("/{field}"));
    }
    assert_eq!(
        owner
            .get(&format!("{SENDERS}?organization_id={organization}"))
            .await
            .expect(200)
            .json()["data"],
        json!([])
    );
    let sender = add(&owner, &organization, "a@ink.example").await.expect(201);
    for code in ["1234567", "123456789", "abcdefgh", "12345678901234567890123"] {
        verify(&owner, &sender, code).await.expect_field("/code");
    }
}
