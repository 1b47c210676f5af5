//! Authenticator apps, recovery codes, step-up and the policy of organizations.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use kernel::Clock as _;
use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};
use sha1::Sha1;

/// One time step, after which a code that was used is over.
const STEP: Duration = Duration::from_secs(30);

/// An authenticator app, with nothing of the product's own code (RFC 6238).
struct Authenticator(Vec<u8>);

impl Authenticator {
    fn of(secret: &str) -> Self {
        let digits = secret.bytes().map(|letter| match letter {
            b'A'..=b'Z' => u64::from(letter - b'A'),
            b'2'..=b'7' => u64::from(letter - b'2') + 26,
            _ => panic!("{secret} is no base32"),
        });
        let (mut bytes, mut held, mut bits) = (Vec::new(), 0_u64, 0);
        for digit in digits {
            (held, bits) = ((held << 5) | digit, bits + 5);
            if bits >= 8 {
                bits -= 8;
                bytes.push(u8::try_from((held >> bits) & 0xff).unwrap());
            }
        }
        Self(bytes)
    }

    fn code(&self, app: &TestApp) -> String {
        let step = u64::try_from(app.clock.now().unix_seconds() / 30).unwrap();
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).unwrap();
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let at = usize::from(hash[19] & 15);
        let word = u32::from_be_bytes([hash[at] & 0x7f, hash[at + 1], hash[at + 2], hash[at + 3]]);
        format!("{:06}", word % 1_000_000)
    }
}

/// Somebody with an authenticator app, the recovery codes that came with it, and the session that it raised.
async fn enrolled(app: &TestApp, person: &mut Person) -> (Authenticator, Vec<String>) {
    let started = person.post("/auth/mfa/totp", json!({})).await.expect(200);
    let authenticator = Authenticator::of(&started.at("/secret"));
    let wrong = json!({ "code": "000000" });
    person
        .post("/auth/mfa/totp/confirm", wrong)
        .await
        .expect_problem(401, "otp_invalid");
    let confirmation = json!({ "code": authenticator.code(app) });
    let answer = person
        .post("/auth/mfa/totp/confirm", confirmation)
        .await
        .expect(200);
    person.access_token = Some(answer.at("/session/access_token"));
    let codes: Vec<String> = serde_json::from_value(answer.json()["recovery_codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    app.clock.advance(STEP);
    (authenticator, codes)
}

async fn ticket(person: &Person) -> String {
    let body = json!({ "email": person.email, "password": person.password });
    let answer = person.without_token().post("/auth/login", body).await.expect(200);
    assert_eq!(answer.json()["mfa_required"], true, "{answer}");
    assert!(answer.json().get("access_token").is_none(), "{answer}");
    answer.at("/ticket")
}

async fn verify(person: &Person, ticket: &str, code: &str) -> Answer {
    let body = json!({ "ticket": ticket, "code": code });
    person.without_token().post("/auth/mfa/totp/verify", body).await
}

/// An answer without what differs each time.
fn bare(answer: &Answer) -> (u16, Value) {
    let mut body = answer.json();
    body.as_object_mut().unwrap().remove("request_id");
    (answer.status, body)
}

#[tokio::test]
async fn the_password_alone_opens_nothing_once_there_is_an_app() {
    let app = TestApp::start().await;
    let mut ada = app.confirmed("ada").await;
    let elsewhere = {
        let mut elsewhere = ada.clone();
        elsewhere.sign_in().await;
        elsewhere
    };
    ada.sign_in().await;
    let (authenticator, _) = enrolled(&app, &mut ada).await;
    // Sessions that were begun without it are over.
    elsewhere.get("/users/me").await.expect(401);
    ada.get("/users/me").await.expect(200);
    assert!(app.mail_to(&ada.email).await.text.contains("authenticator"));
    let ticket = ticket(&ada).await;
    for door in ["/users/me", "/auth/sessions", "/auth/mfa"] {
        ada.with_token(&ticket).get(door).await.expect(401);
    }
    let code = authenticator.code(&app);
    let signed_in = verify(&ada, &ticket, &code).await.expect(200);
    let token = signed_in.at("/access_token");
    ada.with_token(&token).get("/users/me").await.expect(200);
    // Neither the ticket nor the code is good again.
    verify(&ada, &ticket, &code)
        .await
        .expect_problem(401, "otp_invalid");
    let another = self::ticket(&ada).await;
    verify(&ada, &another, &code)
        .await
        .expect_problem(401, "otp_invalid");
    app.clock.advance(STEP);
    verify(&ada, &another, &authenticator.code(&app))
        .await
        .expect(200);
}

#[tokio::test]
async fn whatever_is_wrong_about_the_second_step_is_answered_alike() {
    let app = TestApp::start().await;
    let mut ada = app.confirmed("ada").await;
    ada.sign_in().await;
    let (authenticator, _) = enrolled(&app, &mut ada).await;
    let ticket = ticket(&ada).await;
    let wrong = bare(&verify(&ada, &ticket, "000000").await);
    assert_eq!(wrong.0, 401);
    for _ in 0..4 {
        assert_eq!(bare(&verify(&ada, &ticket, "000000").await), wrong);
    }
    // Tried too often, so the right code is too late.
    assert_eq!(
        bare(&verify(&ada, &ticket, &authenticator.code(&app)).await),
        wrong
    );
    let unknown = format!("{}A", &ticket[..ticket.len() - 1]);
    assert_eq!(
        bare(&verify(&ada, &unknown, &authenticator.code(&app)).await),
        wrong
    );
    let old = self::ticket(&ada).await;
    app.clock.advance(Duration::from_secs(301));
    assert_eq!(bare(&verify(&ada, &old, &authenticator.code(&app)).await), wrong);
}

#[tokio::test]
async fn twenty_at_once_with_one_code_open_one_session() {
    let app = TestApp::start().await;
    let mut ada = app.confirmed("ada").await;
    ada.sign_in().await;
    let (authenticator, codes) = enrolled(&app, &mut ada).await;
    let code = authenticator.code(&app);
    let mut tickets = Vec::new();
    for _ in 0..20 {
        tickets.push(ticket(&ada).await);
    }
    for (path, code) in [
        ("/auth/mfa/totp/verify", code),
        ("/auth/mfa/recovery-codes/verify", codes[3].clone()),
    ] {
        let answers = app
            .at_once(20, |number| {
                let body = json!({ "ticket": tickets[number], "code": code });
                let ask = ada.without_token().ask(Method::POST, path).json(body);
                ask.send()
            })
            .await;
        let let_in = answers.iter().filter(|answer| answer.status == 200).count();
        assert_eq!(let_in, 1, "{path}: {answers:?}");
        assert!(
            answers
                .iter()
                .all(|answer| [200, 401, 429].contains(&answer.status)),
            "{answers:?}"
        );
    }
}

#[tokio::test]
async fn what_is_sensitive_asks_for_the_factor_and_not_the_password() {
    let app = TestApp::start().await;
    let mut ada = app.confirmed("ada").await;
    ada.sign_in().await;
    let (authenticator, codes) = enrolled(&app, &mut ada).await;
    app.clock.advance(Duration::from_secs(601));
    let signed_in = verify(&ada, &ticket(&ada).await, &authenticator.code(&app))
        .await
        .expect(200);
    ada.take_tokens(&signed_in);
    app.clock.advance(Duration::from_secs(601));
    let renewed = ada
        .without_token()
        .post("/auth/refresh", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(200);
    ada.take_tokens(&renewed);
    let refused = ada.post("/auth/mfa/recovery-codes", json!({})).await;
    let challenge = refused.expect_problem(401, "step_up_required");
    assert!(
        challenge
            .header("www-authenticate")
            .contains("insufficient_user_authentication")
    );
    let password = json!({ "password": ada.password });
    ada.post("/auth/step-up", password)
        .await
        .expect_problem(401, "step_up_required");
    ada.post("/auth/step-up", json!({ "code": "000000" }))
        .await
        .expect_problem(401, "otp_invalid");
    let raised = ada
        .post("/auth/step-up", json!({ "recovery_code": codes[0] }))
        .await
        .expect(200);
    let before = ada.access_token.replace(raised.at("/access_token")).unwrap();
    ada.post("/auth/mfa/recovery-codes", json!({})).await.expect(200);
    // The token from before the step-up is not raised with the session.
    assert_ne!(
        ada.with_token(&before)
            .post("/auth/mfa/recovery-codes", json!({}))
            .await
            .status,
        200
    );
    ada.post("/auth/step-up", json!({ "recovery_code": codes[1] }))
        .await
        .expect_problem(401, "otp_invalid");
}

#[tokio::test]
async fn an_organization_lets_in_nobody_without_a_second_factor_from_its_day_on() {
    let app = TestApp::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let mia = app.member("mia", &ada, &organization, "member").await;
    let home = format!("/organizations/{organization}");
    let policy = format!("{home}/mfa-policy");
    let from = app.clock.now().plus(Duration::from_mins(1)).to_string();
    let wanted = json!({ "mfa_required_from": from });
    ada.ask(Method::PUT, &policy)
        .json(wanted.clone())
        .send()
        .await
        .expect_problem(403, "mfa_required");
    enrolled(&app, &mut ada).await;
    ada.ask(Method::PUT, &policy)
        .json(wanted)
        .send()
        .await
        .expect(200);
    mia.get(&home).await.expect(200);
    app.clock.advance(Duration::from_secs(61));
    mia.get(&home)
        .await
        .expect_problem(403, "mfa_enrollment_required");
    mia.get("/organizations").await.expect(200);
    ada.get(&home).await.expect(200);
    let mut mia = mia;
    enrolled(&app, &mut mia).await;
    mia.get(&home).await.expect(200);
}
