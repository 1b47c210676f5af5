//! `POST /auth/signup`, `/auth/verify-email`, `/auth/resend-verification`.

use std::time::Duration;

use mainstay_acceptance::{Person, Setup, TestApp};
use serde_json::json;

fn signup(person: &Person) -> serde_json::Value {
    json!({ "email": person.email, "password": person.password, "name": "Ada", "locale": "en" })
}

#[tokio::test]
async fn a_person_signs_up_confirms_by_code_and_signs_in() {
    let app = TestApp::start().await;
    let mut ada = app.named("ada");
    let answer = ada.post("/auth/signup", signup(&ada)).await.expect(202);
    assert_eq!(answer.json(), json!({ "status": "check_email" }));
    ada.post(
        "/auth/login",
        json!({ "email": ada.email, "password": ada.password }),
    )
    .await
    .expect_problem(403, "email_not_verified");
    let code = app.mail_to(&ada.email).await.code();
    let body = json!({ "email": ada.email, "code": code });
    ada.post("/auth/verify-email", body.clone()).await.expect(204);
    ada.post("/auth/verify-email", body)
        .await
        .expect_problem(401, "otp_invalid");
    ada.sign_in().await;
    let me = ada.get("/users/me").await.expect(200).json();
    assert_eq!(me["email"], "ada@example.com");
    assert_eq!(me["email_verified"], true);
    assert_eq!(me["name"], "Ada");
    assert_eq!(me["status"], "active");
}

#[tokio::test]
async fn the_link_in_the_mail_confirms_once_and_only_by_post() {
    let app = TestApp::start().await;
    let mut ada = app.named("ada");
    ada.post("/auth/signup", signup(&ada)).await.expect(202);
    let mail = app.mail_to(&ada.email).await;
    let path = app.path_of(&mail.link());
    for _ in 0..3 {
        ada.get(&path).await.expect(200);
    }
    let body = json!({ "token": mail.link_token() });
    ada.post("/auth/verify-email", body.clone()).await.expect(204);
    ada.post("/auth/verify-email", body)
        .await
        .expect_problem(401, "otp_invalid");
    ada.sign_in().await;
}

#[tokio::test]
async fn nobody_learns_whether_an_address_has_an_account() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let stranger = app.named("stranger");
    let known = ada
        .without_token()
        .post("/auth/signup", signup(&ada))
        .await
        .expect(202);
    let unknown = stranger.post("/auth/signup", signup(&stranger)).await.expect(202);
    assert_eq!(known.bytes, unknown.bytes);
    assert_eq!(app.mail_to(&ada.email).await.template, "account_exists");
    // The password of the account is what it was.
    ada.clone().sign_in().await;
}

#[tokio::test]
async fn signing_up_again_before_confirming_replaces_the_password() {
    let app = TestApp::start().await;
    let first = app.named("ada");
    first.post("/auth/signup", signup(&first)).await.expect(202);
    let early = app.mail_to(&first.email).await;
    let mut second = first.clone();
    second.password = "quite another violet tandem".into();
    second.post("/auth/signup", signup(&second)).await.expect(202);
    let late = app.mail_to(&first.email).await;
    let stale = json!({ "email": first.email, "code": early.code() });
    first
        .post("/auth/verify-email", stale)
        .await
        .expect_problem(401, "otp_invalid");
    let body = json!({ "email": first.email, "code": late.code() });
    second.post("/auth/verify-email", body).await.expect(204);
    first
        .post(
            "/auth/login",
            json!({ "email": first.email, "password": first.password }),
        )
        .await
        .expect_problem(401, "invalid_credentials");
    second.sign_in().await;
}

#[tokio::test]
async fn a_code_dies_after_five_wrong_tries_and_with_time() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    ada.post("/auth/signup", signup(&ada)).await.expect(202);
    let code = app.mail_to(&ada.email).await.code();
    let wrong = if code == "00000000" {
        "00000001"
    } else {
        "00000000"
    };
    for _ in 0..5 {
        let body = json!({ "email": ada.email, "code": wrong });
        ada.post("/auth/verify-email", body)
            .await
            .expect_problem(401, "otp_invalid");
    }
    let body = json!({ "email": ada.email, "code": code });
    ada.post("/auth/verify-email", body)
        .await
        .expect_problem(401, "otp_invalid");
    ada.post("/auth/resend-verification", json!({ "email": ada.email }))
        .await
        .expect(202);
    let mail = app.mail_to(&ada.email).await;
    app.clock
        .advance(Duration::from_hours(24) + Duration::from_secs(1));
    ada.post("/auth/verify-email", json!({ "token": mail.link_token() }))
        .await
        .expect_problem(401, "otp_invalid");
}

#[tokio::test]
async fn bad_sign_ups_name_the_field_and_change_nothing() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    let good = signup(&ada);
    for (pointer, value) in [
        ("/email", json!("ada")),
        ("/email", json!("ada@example.com\r\nBcc: eve@example.com")),
        ("/email", json!("ada@example.com,eve@example.com")),
        ("/email", json!("Ada <ada@example.com>")),
        ("/email", json!(7)),
        ("/password", json!("short")),
        ("/password", json!("password1234")),
        ("/password", json!("ada@example.com1")),
        ("/password", json!("x".repeat(129))),
        ("/name", json!("A\u{0}da")),
        ("/name", json!("a".repeat(201))),
        ("/locale", json!("english please")),
        ("/role", json!("owner")),
        ("/email_verified", json!(true)),
    ] {
        let mut body = good.clone();
        body[&pointer[1..]] = value;
        ada.post("/auth/signup", body).await.expect_field(pointer);
    }
    assert!(app.mails_to(&ada.email).await.is_empty());
}

#[tokio::test]
async fn in_development_a_person_is_signed_in_at_once() {
    let app = TestApp::with(Setup {
        confirm_email: false,
        ..Setup::default()
    })
    .await;
    let mut ada = app.named("ada");
    let answer = ada.post("/auth/signup", signup(&ada)).await.expect(201);
    ada.take_tokens(&answer);
    ada.get("/users/me").await.expect(200);
    ada.without_token()
        .post("/auth/signup", signup(&ada))
        .await
        .expect_problem(409, "email_taken");
}

#[tokio::test]
async fn twenty_sign_ups_of_one_address_make_one_account() {
    let app = TestApp::with(Setup {
        confirm_email: false,
        ..Setup::default()
    })
    .await;
    for round in 0..5 {
        let spellings = [
            "ada{}@example.com",
            "ADA{}@example.com",
            "ada{}@EXAMPLE.com",
            "ａda{}@example.com",
        ];
        let made = app
            .at_once(20, |number| {
                let mut person = app.named("ada");
                person.email = spellings[number % 4].replace("{}", &round.to_string());
                async move { person.post("/auth/signup", signup(&person)).await.status }
            })
            .await;
        assert_eq!(
            made.iter().filter(|status| **status == 201).count(),
            1,
            "{made:?}"
        );
        assert!(made.iter().all(|status| matches!(status, 201 | 409)), "{made:?}");
    }
}
