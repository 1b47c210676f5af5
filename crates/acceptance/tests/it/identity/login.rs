//! `POST /auth/login`.

use std::time::Duration;

use db::{DbError, Executor as _, ReadTx, args};
use mainstay_acceptance::{Setup, TestApp};
use serde_json::json;

fn credentials(email: &str, password: &str) -> serde_json::Value {
    json!({ "email": email, "password": password })
}

#[tokio::test]
async fn answers_tokens_that_work() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let answer = ada
        .post("/auth/login", credentials("ADA@example.com", &ada.password))
        .await
        .expect(200);
    let body = answer.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 600);
    assert_eq!(body["user"]["id"], ada.id.as_str());
    ada.with_token(&answer.at("/access_token"))
        .get("/users/me")
        .await
        .expect(200);
}

#[tokio::test]
async fn unknown_and_wrong_are_the_same_to_the_byte() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let nobody = app.nobody();
    let mut first = None;
    for _ in 0..4 {
        for email in [ada.email.as_str(), "ghost@example.com"] {
            let answer = nobody
                .post("/auth/login", credentials(email, "not the password at all"))
                .await;
            let mut body = answer.expect_problem(401, "invalid_credentials").json();
            body["request_id"].take();
            assert_eq!(body["detail"], "the e-mail address or the password is wrong");
            assert_eq!(*first.get_or_insert_with(|| body.clone()), body);
        }
    }
}

#[tokio::test]
async fn five_failures_slow_the_account_down_and_a_known_device_stays_in() {
    let app = TestApp::with(Setup {
        widen_limits: 1,
        ..Setup::default()
    })
    .await;
    let ada = app.person("ada").await;
    let known_device = ada.in_a_browser();
    known_device
        .post("/auth/login", credentials(&ada.email, &ada.password))
        .await
        .expect(200);
    for _ in 0..5 {
        app.clock.advance(Duration::from_secs(61));
        ada.without_token()
            .post("/auth/login", credentials(&ada.email, "not the password at all"))
            .await
            .expect_problem(401, "invalid_credentials");
    }
    let slowed = ada
        .without_token()
        .post("/auth/login", credentials(&ada.email, &ada.password))
        .await;
    let slowed = slowed.expect(429);
    assert!(slowed.header("retry-after").parse::<u64>().unwrap() >= 1);
    known_device
        .post("/auth/login", credentials(&ada.email, &ada.password))
        .await
        .expect(200);
    app.clock.advance(Duration::from_secs(61));
    ada.clone().sign_in().await;
}

#[tokio::test]
async fn twenty_wrong_passwords_at_once_count_twenty() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let statuses = app
        .at_once(20, |_| {
            let nobody = ada.without_token();
            async move {
                let body = credentials(&nobody.email, "not the password at all");
                nobody.post("/auth/login", body).await.status
            }
        })
        .await;
    // Whoever comes after the fifth failure was counted is told to wait, and counts for nothing.
    assert!(
        statuses.iter().all(|status| matches!(status, 401 | 429 | 503)),
        "{statuses:?}"
    );
    let tried = statuses.iter().filter(|status| **status == 401).count();
    let counted = app
        .app()
        .db()
        .read(async |tx: &mut ReadTx| -> Result<i64, DbError> {
            let sql = "SELECT consecutive FROM login_failures WHERE bucket = 'account'";
            tx.fetch_one(sql, args![]).await
        })
        .await;
    assert_eq!(counted.unwrap(), i64::try_from(tried).unwrap());
    assert!(tried >= 5, "{statuses:?}");
}
