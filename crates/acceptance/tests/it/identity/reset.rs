//! `POST /auth/reset-password`, `/auth/reset-password/confirm` and their page: the RST list.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::json;

const NEW: &str = "noisy badgers fold 7 umbrellas";

/// Asks for a link, and answers its token.
async fn ask(app: &TestApp, person: &Person) -> String {
    let body = json!({ "email": person.email });
    let nobody = person.without_token();
    nobody.post("/auth/reset-password", body).await.expect(202);
    app.mail_to(&person.email).await.link_token()
}

async fn confirm(person: &Person, token: &str, password: &str) -> Answer {
    let body = json!({ "token": token, "new_password": password });
    let nobody = person.without_token();
    nobody.post("/auth/reset-password/confirm", body).await
}

async fn sign_in(person: &Person, password: &str) -> Answer {
    let body = json!({ "email": person.email, "password": password });
    person.without_token().post("/auth/login", body).await
}

/// RST-01.
#[tokio::test]
async fn a_link_is_for_its_own_account_whatever_is_said_beside_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let token = ask(&app, &ada).await;
    for (field, value) in [("email", &bob.email), ("user_id", &bob.id), ("id", &bob.id)] {
        let body = json!({ "token": token, "new_password": NEW, field: value });
        ada.post("/auth/reset-password/confirm", body)
            .await
            .expect_field(&format!("/{field}"));
    }
    let fields = [
        ("token", token.as_str()),
        ("new_password", NEW),
        ("email", &bob.email),
    ];
    ada.browser().post("/reset-password", &fields).await.expect(400);
    sign_in(&ada, &ada.password).await.expect(200);
    confirm(&ada, &token, NEW).await.expect(204);
    sign_in(&ada, NEW).await.expect(200);
    sign_in(&bob, &bob.password).await.expect(200);
    sign_in(&bob, NEW).await.expect(401);
    bob.get("/users/me").await.expect(200);
}

/// RST-02.
#[tokio::test]
async fn a_link_sets_one_password_however_many_try() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    for _ in 0..5 {
        let token = ask(&app, &ada).await;
        let answers = app
            .at_once(20, |number| {
                let (ada, token) = (ada.clone(), token.clone());
                let password = format!("{NEW} and {number} more");
                async move { (confirm(&ada, &token, &password).await.status, password) }
            })
            .await;
        let (won, lost): (Vec<_>, Vec<_>) = answers.iter().partition(|(status, _)| *status == 204);
        assert_eq!(won.len(), 1, "{answers:?}");
        assert!(lost.iter().all(|(status, _)| *status == 401), "{answers:?}");
        sign_in(&ada, &won[0].1).await.expect(200);
        confirm(&ada, &token, NEW)
            .await
            .expect_problem(401, "otp_invalid");
        assert_eq!(app.mail_to(&ada.email).await.template, "password_changed");
    }
}

/// RST-03.
#[tokio::test]
async fn a_link_is_over_after_half_an_hour_a_newer_one_or_another_address() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let late = ask(&app, &ada).await;
    app.clock.advance(Duration::from_secs(1801));
    confirm(&ada, &late, NEW).await.expect_problem(401, "otp_invalid");
    let older = ask(&app, &ada).await;
    let newer = ask(&app, &ada).await;
    confirm(&ada, &older, NEW)
        .await
        .expect_problem(401, "otp_invalid");
    ada.sign_in().await;
    ada.post("/auth/change-email", json!({ "new_email": "ada@example.org" }))
        .await
        .expect(202);
    for email in [ada.email.as_str(), "ada@example.org"] {
        let token = app.mail_to(email).await.link_token();
        ada.post("/auth/change-email/confirm", json!({ "token": token }))
            .await
            .expect(200);
    }
    confirm(&ada, &newer, NEW)
        .await
        .expect_problem(401, "otp_invalid");
    ada.email = "ada@example.org".into();
    sign_in(&ada, &ada.password).await.expect(200);
    let token = ask(&app, &ada).await;
    app.clock.advance(Duration::from_secs(1790));
    confirm(&ada, &token, NEW).await.expect(204);
}

/// RST-04.
#[tokio::test]
async fn a_new_password_ends_whatever_else_opens_the_account() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let magic = json!({ "email": ada.email });
    let magic = ada.post("/auth/magic-link", magic).await.expect(202).at("/flow");
    let magic_mail = app.mail_to(&ada.email).await;
    ada.post("/auth/change-email", json!({ "new_email": "ada@example.org" }))
        .await
        .expect(202);
    let agree = app.mail_to("ada@example.org").await.link_token();
    app.mail_to(&ada.email).await;
    let token = ask(&app, &ada).await;
    assert!(browser.is_in().await);
    confirm(&ada, &token, NEW).await.expect(204);
    assert!(!browser.is_in().await);
    ada.get("/users/me").await.expect(401);
    ada.post("/auth/refresh", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(401);
    for (name, proof) in [("token", magic_mail.link_token()), ("code", magic_mail.code())] {
        ada.post("/auth/magic-link/verify", json!({ "flow": magic, name: proof }))
            .await
            .expect_problem(401, "otp_invalid");
    }
    ada.post("/auth/change-email/confirm", json!({ "token": agree }))
        .await
        .expect_problem(401, "otp_invalid");
    sign_in(&ada, &ada.password)
        .await
        .expect_problem(401, "invalid_credentials");
    sign_in(&ada, NEW).await.expect(200);
}

/// RST-06, beside what is said of signing up.
#[tokio::test]
async fn links_lead_to_us_whatever_a_request_says_of_the_host() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let body = json!({ "email": ada.email });
    for path in ["/auth/reset-password", "/auth/magic-link"] {
        for (name, value) in [
            ("x-forwarded-host", "evil.test"),
            ("forwarded", "host=evil.test;proto=https"),
        ] {
            let ask = ada.ask(Method::POST, path).header(name, value);
            ask.json(body.clone()).send().await.expect(202);
            let mail = app.mail_to(&ada.email).await;
            app.path_of(&mail.link());
            assert!(
                !format!("{} {}", mail.text, mail.html).contains("evil"),
                "{mail:?}"
            );
        }
        let before = app.mails_to(&ada.email).await.len();
        let elsewhere = ada.ask(Method::POST, path).header("host", "evil.test");
        elsewhere.json(body.clone()).send().await.expect(421);
        let (text, address) = (body.to_string(), app.address());
        let head = format!(
            "POST http://evil.test{path} HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{text}",
            text.len()
        );
        let status = app.raw_slow(head).await.status();
        assert!(matches!(status, 400 | 421), "{status}");
        assert_eq!(app.mails_to(&ada.email).await.len(), before);
    }
}

#[tokio::test]
async fn a_weak_password_is_refused_and_the_link_stays_good() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let token = ask(&app, &ada).await;
    for weak in [
        "short",
        "aaaaaaaaaaaaaaaa",
        "ada@example.com!",
        &"long ".repeat(60),
    ] {
        confirm(&ada, &token, weak).await.expect_field("/new_password");
    }
    let mut browser = ada.browser();
    let page = browser
        .get(&format!("/reset-password?token={token}"))
        .await
        .expect(200);
    let again = browser
        .submit(&page, "/reset-password", &[("new_password", "short")])
        .await
        .expect(422);
    assert!(again.text().contains("id=\"password-fault\""), "{again}");
    assert!(!again.text().contains("\"short\""), "{again}");
    let done = browser
        .submit(&again, "/reset-password", &[("new_password", NEW)])
        .await;
    assert!(done.expect(200).text().contains("Your password is set"));
    sign_in(&ada, NEW).await.expect(200);
}

/// The link was in the mailbox, which is all that was missing.
#[tokio::test]
async fn whoever_resets_an_unconfirmed_account_has_confirmed_it() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    let body = json!({ "email": ada.email, "password": ada.password });
    ada.post("/auth/signup", body).await.expect(202);
    let stale = app.mail_to(&ada.email).await;
    let token = ask(&app, &ada).await;
    confirm(&ada, &token, NEW).await.expect(204);
    sign_in(&ada, &ada.password).await.expect(401);
    sign_in(&ada, NEW).await.expect(200);
    ada.post("/auth/verify-email", json!({ "token": stale.link_token() }))
        .await
        .expect_problem(401, "otp_invalid");
}
