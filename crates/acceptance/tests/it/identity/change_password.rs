//! `POST /auth/change-password`, and what a sign-in of a while ago is not enough for.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const NEW: &str = "noisy badgers fold 7 umbrellas";
const SESSION: &str = "__Host-ms_session";

fn change(person: &Person) -> Value {
    json!({ "current_password": person.password, "new_password": NEW })
}

async fn sign_in(person: &Person, password: &str) -> Answer {
    let body = json!({ "email": person.email, "password": password });
    person.without_token().post("/auth/login", body).await
}

async fn refresh(person: &Person) -> Answer {
    let body = json!({ "refresh_token": person.refresh_token });
    person.without_token().post("/auth/refresh", body).await
}

/// SES-05.
#[tokio::test]
async fn the_session_that_asks_goes_on_and_all_others_end() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let mut phone = ada.clone();
    phone.sign_in().await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    ada.post("/auth/change-password", change(&ada)).await.expect(204);
    phone.get("/users/me").await.expect(401);
    refresh(&phone).await.expect(401);
    assert!(!browser.is_in().await);
    ada.get("/users/me").await.expect(200);
    let answer = refresh(&ada).await.expect(200);
    ada.take_tokens(&answer);
    ada.get("/users/me").await.expect(200);
    assert_eq!(app.mail_to(&ada.email).await.template, "password_changed");
    sign_in(&ada, &ada.password)
        .await
        .expect_problem(401, "invalid_credentials");
    sign_in(&ada, NEW).await.expect(200);
}

/// SES-05, where the session has an id that a copy could have been made of.
#[tokio::test]
async fn a_browser_goes_on_under_another_cookie() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let before = browser.cookies[SESSION].clone();
    let ask = ada.without_token();
    let ask = ask
        .ask(Method::POST, "/auth/change-password")
        .header("cookie", &format!("{SESSION}={before}"))
        .header("origin", &app.base);
    let changed = ask.json(change(&ada)).send().await.expect(204);
    let cookie = changed.header("set-cookie").split(';').next().unwrap().to_owned();
    let after = cookie.strip_prefix(&format!("{SESSION}=")).unwrap();
    assert_ne!(after, before);
    assert!(!browser.is_in().await);
    browser.cookies.insert(SESSION.into(), after.to_owned());
    assert!(browser.is_in().await);
    ada.get("/users/me").await.expect(401);
}

/// SES-09.
#[tokio::test]
async fn an_older_sign_in_has_to_be_renewed_first() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    app.clock.advance(Duration::from_mins(11));
    let answer = refresh(&ada).await.expect(200);
    ada.take_tokens(&answer);
    let before = ada.get("/users/me").await.expect(200);
    for (path, body) in [
        ("/auth/change-password", change(&ada)),
        (
            "/auth/change-email",
            json!({ "new_email": "ada@example.org", "password": ada.password }),
        ),
    ] {
        let refused = ada.post(path, body.clone()).await;
        let refused = refused.expect_problem(401, "step_up_required");
        let challenge = refused.header("www-authenticate");
        for part in ["insufficient_user_authentication", "max_age=600"] {
            assert!(challenge.contains(part), "{challenge}");
        }
        let ask = ada.without_token();
        let ask = ask
            .ask(Method::POST, path)
            .header("cookie", &format!("{SESSION}={}", browser.cookies[SESSION]))
            .header("origin", &app.base);
        ask.json(body)
            .send()
            .await
            .expect_problem(401, "step_up_required");
    }
    assert_eq!(ada.get("/users/me").await.expect(200).bytes, before.bytes);
    app.work().await;
    assert!(app.mails_to("ada@example.org").await.is_empty());
    sign_in(&ada, NEW).await.expect(401);
    ada.sign_in().await;
    ada.post("/auth/change-password", change(&ada)).await.expect(204);
}

/// SES-09.
#[tokio::test]
async fn a_wrong_current_password_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for (path, body) in [
        (
            "/auth/change-password",
            json!({ "current_password": "not it at all", "new_password": NEW }),
        ),
        (
            "/auth/change-password",
            json!({ "current_password": "", "new_password": NEW }),
        ),
        (
            "/auth/change-email",
            json!({ "new_email": "ada@example.org", "password": "not it at all" }),
        ),
    ] {
        ada.post(path, body).await.expect_problem(403, "wrong_password");
    }
    let mails = app.mails_to("ada@example.org").await;
    assert!(mails.is_empty(), "{mails:?}");
    let templates: Vec<_> = app.mails_to(&ada.email).await;
    assert!(
        templates.iter().all(|mail| mail.template == "verify_email"),
        "{templates:?}"
    );
    ada.get("/users/me").await.expect(200);
    sign_in(&ada, &ada.password).await.expect(200);
    sign_in(&ada, NEW).await.expect(401);
}

#[tokio::test]
async fn a_new_password_has_to_be_a_good_one() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for weak in [
        "short",
        "aaaaaaaaaaaaaaaa",
        "ada@example.com!",
        &"long ".repeat(60),
    ] {
        let body = json!({ "current_password": ada.password, "new_password": weak });
        ada.post("/auth/change-password", body)
            .await
            .expect_field("/new_password");
    }
    ada.post("/auth/change-password", json!({ "new_password": NEW }))
        .await
        .expect_field("/current_password");
    let nobody = ada.without_token();
    nobody
        .post("/auth/change-password", change(&ada))
        .await
        .expect(401);
    sign_in(&ada, &ada.password).await.expect(200);
}

#[tokio::test]
async fn of_many_changes_at_once_the_account_keeps_one_password() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let answers = app
        .at_once(10, |number| {
            let (ada, password) = (ada.clone(), format!("{NEW} and {number} more"));
            let body = json!({ "current_password": ada.password, "new_password": password });
            async move { (ada.post("/auth/change-password", body).await.status, password) }
        })
        .await;
    assert!(
        answers.iter().all(|(status, _)| matches!(status, 204 | 403)),
        "{answers:?}"
    );
    let mut work = Vec::new();
    for (_, password) in &answers {
        if sign_in(&ada, password).await.status == 200 {
            work.push(password);
        }
    }
    assert_eq!(work.len(), 1, "{answers:?}");
    ada.get("/users/me").await.expect(200);
}
