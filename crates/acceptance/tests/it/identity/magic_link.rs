//! `POST /auth/magic-link`, `/auth/magic-link/verify` and the page of the link: the first half of the ML list.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mainstay_acceptance::{Answer, Browser, Mail, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

const FLOW: &str = "__Host-ml";
const SESSION: &str = "__Host-ms_session";

/// Asks over the API; answers the flow and the mail.
async fn ask(app: &TestApp, person: &Person) -> (String, Mail) {
    let body = json!({ "email": person.email });
    let asked = person.without_token().post("/auth/magic-link", body).await;
    let flow = asked.expect(202).at("/flow");
    (flow, app.mail_to(&person.email).await)
}

/// Asks in a browser; answers the path of the link and the code.
async fn ask_in(app: &TestApp, browser: &mut Browser, email: &str) -> (String, String) {
    let page = browser.get("/login").await.expect(200);
    assert!(page.text().contains("formaction=\"/login/link\""), "{page}");
    browser.post("/login/link", &[("email", email)]).await.expect(200);
    let mail = app.mail_to(email).await;
    (app.path_of(&mail.link()), mail.code())
}

async fn verify(person: &Person, body: Value) -> Answer {
    person.without_token().post("/auth/magic-link/verify", body).await
}

async fn expect_dead(person: &Person, flow: &str, mail: &Mail) {
    for (name, proof) in [("token", mail.link_token()), ("code", mail.code())] {
        verify(person, json!({ "flow": flow, name: proof }))
            .await
            .expect_problem(401, "otp_invalid");
    }
}

/// A code that is not this one.
fn other_than(code: &str) -> String {
    format!("{:08}", (code.parse::<u64>().unwrap() + 1) % 100_000_000)
}

/// ML-01.
#[tokio::test]
async fn the_link_opens_the_browser_that_asked_for_it() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let mut browser = ada.browser();
    let (path, _) = ask_in(&app, &mut browser, &ada.email).await;
    assert!(browser.cookies.contains_key(FLOW));
    let page = browser.get(&path).await.expect(200);
    assert_eq!(page.header("referrer-policy"), "no-referrer");
    assert_eq!(page.header("cache-control"), "no-store");
    assert!(!page.headers.contains_key("set-cookie"), "{:?}", page.headers);
    let entered = browser.submit(&page, "/magic-link", &[]).await.expect(303);
    assert_eq!(entered.header("location"), "/account");
    assert!(!browser.cookies.contains_key(FLOW));
    let account = browser.get("/account").await.expect(200);
    assert!(account.text().contains(&ada.email), "{account}");
}

#[tokio::test]
async fn the_link_opens_the_api_at_the_first_level() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let (flow, mail) = ask(&app, &ada).await;
    let held = verify(&ada, json!({ "flow": flow, "token": mail.link_token() }))
        .await
        .expect(200);
    let token = held.at("/access_token");
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((&claims["aal"], &claims["amr"]), (&json!(1), &json!(["otp"])));
    ada.with_token(&token).get("/users/me").await.expect(200);
}

/// ML-02.
#[tokio::test]
async fn a_link_opens_once_however_often_and_wherever_it_is_sent() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let mut browser = ada.browser();
    let (path, code) = ask_in(&app, &mut browser, &ada.email).await;
    let mut copy = browser.clone();
    let page = browser.get(&path).await.expect(200);
    browser.submit(&page, "/magic-link", &[]).await.expect(303);
    for again in [&mut copy, &mut browser] {
        again.submit(&page, "/magic-link", &[]).await.expect(422);
        again.post("/check-email", &[("code", &code)]).await.expect(422);
    }
    assert!(!copy.cookies.contains_key(SESSION));
    let (flow, mail) = ask(&app, &ada).await;
    let body = json!({ "flow": flow, "token": mail.link_token() });
    verify(&ada, body).await.expect(200);
    expect_dead(&ada, &flow, &mail).await;
}

#[tokio::test]
async fn of_twenty_at_once_one_is_let_in() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    for name in ["token", "code"].repeat(5) {
        let (flow, mail) = ask(&app, &ada).await;
        let proof = if name == "token" {
            mail.link_token()
        } else {
            mail.code()
        };
        let body = json!({ "flow": flow, name: proof });
        let statuses = app
            .at_once(20, |_| {
                let (ada, body) = (ada.clone(), body.clone());
                async move { verify(&ada, body).await.status }
            })
            .await;
        let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
        assert_eq!((count(200), count(401)), (1, 19), "{name}: {statuses:?}");
    }
}

/// ML-03.
#[tokio::test]
async fn looking_at_the_link_takes_nothing_and_gives_nothing() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let mut browser = ada.browser();
    let (path, _) = ask_in(&app, &mut browser, &ada.email).await;
    let scanner = app.nobody();
    for method in [Method::HEAD, Method::GET, Method::GET, Method::GET] {
        let seen = scanner.ask(method, &path).send().await.expect(200);
        assert!(!seen.headers.contains_key("set-cookie"), "{:?}", seen.headers);
        // There is nothing that a script could press.
        assert!(!seen.text().contains("<form"), "{seen}");
    }
    for _ in 0..3 {
        browser.get(&path).await.expect(200);
    }
    let page = browser.get(&path).await.expect(200);
    browser.submit(&page, "/magic-link", &[]).await.expect(303);
    assert!(browser.is_in().await);
}

/// ML-04.
#[tokio::test]
async fn elsewhere_the_link_asks_for_the_code_where_it_began() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.confirmed("ada").await, app.confirmed("eve").await);
    let mut browser = ada.browser();
    let (path, code) = ask_in(&app, &mut browser, &ada.email).await;
    let token = path.split_once("token=").unwrap().1.to_owned();
    let mut phone = ada.browser();
    let page = phone.get(&path).await.expect(200);
    assert!(page.text().contains("Type the code where you started"), "{page}");
    let sent = phone.post("/magic-link", &[("token", &token)]).await.expect(422);
    assert!(sent.text().contains("Type the code where you started"), "{sent}");
    // Whoever waits for another mail gets no further with this one.
    let mut other = eve.browser();
    ask_in(&app, &mut other, &eve.email).await;
    other.post("/magic-link", &[("token", &token)]).await.expect(422);
    other.post("/check-email", &[("code", &code)]).await.expect(422);
    let (flow, _) = ask(&app, &eve).await;
    for (name, proof) in [("token", &token), ("code", &code)] {
        verify(&eve, json!({ "flow": flow, name: proof }))
            .await
            .expect_problem(401, "otp_invalid");
    }
    for stranger in [&phone, &other] {
        assert!(!stranger.cookies.contains_key(SESSION));
    }
    let page = browser.get("/check-email").await.expect(200);
    let spaced = format!("{} {}", &code[..4], &code[4..]);
    let entered = browser.submit(&page, "/check-email", &[("code", &spaced)]).await;
    assert_eq!(entered.expect(303).header("location"), "/account");
    assert!(browser.is_in().await);
}

/// ML-05.
#[tokio::test]
async fn a_link_is_over_after_ten_minutes_a_newer_one_or_a_new_password() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let (flow, mail) = ask(&app, &ada).await;
    app.clock.advance(Duration::from_secs(601));
    expect_dead(&ada, &flow, &mail).await;
    let (older_flow, older) = ask(&app, &ada).await;
    let (flow, mail) = ask(&app, &ada).await;
    expect_dead(&ada, &older_flow, &older).await;
    ada.sign_in().await;
    let body = json!({ "current_password": ada.password, "new_password": "noisy badgers fold 7 umbrellas" });
    ada.post("/auth/change-password", body).await.expect(204);
    expect_dead(&ada, &flow, &mail).await;
    let (flow, mail) = ask(&app, &ada).await;
    app.clock.advance(Duration::from_secs(590));
    verify(&ada, json!({ "flow": flow, "code": mail.code() }))
        .await
        .expect(200);
}

/// ML-06.
#[tokio::test]
async fn after_five_wrong_codes_the_right_one_is_wrong_too() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let (flow, mail) = ask(&app, &ada).await;
    for _ in 0..6 {
        verify(&ada, json!({ "flow": flow, "code": other_than(&mail.code()) }))
            .await
            .expect_problem(401, "otp_invalid");
    }
    expect_dead(&ada, &flow, &mail).await;
    let mut browser = ada.browser();
    let (path, code) = ask_in(&app, &mut browser, &ada.email).await;
    let wrong = other_than(&code);
    for _ in 0..5 {
        let page = browser
            .post("/check-email", &[("code", &wrong)])
            .await
            .expect(422);
        assert!(page.text().contains("role=\"alert\""), "{page}");
    }
    browser.post("/check-email", &[("code", &code)]).await.expect(422);
    let page = browser.get(&path).await.expect(200);
    assert!(page.text().contains("This link does not work any more"), "{page}");
    assert!(!browser.cookies.contains_key(SESSION));
}

/// ML-07.
#[tokio::test]
async fn a_link_leads_to_no_place_of_a_strangers_choice() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    for place in [
        "//evil",
        "https://app.evil.test",
        "javascript:alert(1)",
        "https://good.test@evil",
        "http://127.0.0.1.evil.com",
        "\\\\evil",
        "/\\evil",
        "/.//evil",
        "/a\r\nLocation: https://evil.test",
        "",
    ] {
        let body = json!({ "email": ada.email, "redirect_to": place });
        ada.post("/auth/magic-link", body)
            .await
            .expect_field("/redirect_to");
        let mut browser = ada.browser();
        let fields = [("email", ada.email.as_str()), ("return_to", place)];
        browser.post("/login/link", &fields).await.expect(200);
        let path = app.path_of(&app.mail_to(&ada.email).await.link());
        assert!(!path.contains("return_to"), "{path}");
        let page = browser.get(&path).await.expect(200);
        let entered = browser
            .submit(&page, "/magic-link", &[("return_to", place)])
            .await;
        assert_eq!(entered.expect(303).header("location"), "/account", "{place}");
    }
}

#[tokio::test]
async fn a_link_leads_back_to_where_it_was_asked_for() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let place = "/account?tab=1&from=/login";
    let mut browser = ada.browser();
    let body = json!({ "email": ada.email, "redirect_to": place });
    let asked = ada.post("/auth/magic-link", body).await.expect(202);
    browser.cookies.insert(FLOW.into(), asked.at("/flow"));
    let path = app.path_of(&app.mail_to(&ada.email).await.link());
    let page = browser.get(&path).await.expect(200);
    let entered = browser.submit(&page, "/magic-link", &[]).await.expect(303);
    assert_eq!(entered.header("location"), place);
}

/// ML-08.
#[tokio::test]
async fn one_address_is_one_recipient() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    for email in [
        "a@x.test\r\nBcc: b@x.test",
        "a@x.test\nb@x.test",
        "a@x.test, b@x.test",
        "a@x.test; b@x.test",
        "a@x.test b@x.test",
        "Ada <a@x.test>",
        "<a@x.test>",
        "\"a@x.test\" <b@x.test>",
        "a@x.test@y.test",
        "a@x.test%0d%0aBcc:b@x.test",
    ] {
        for (path, rest) in [
            ("/auth/magic-link", json!({})),
            ("/auth/reset-password", json!({})),
            ("/auth/resend-verification", json!({})),
            ("/auth/signup", json!({ "password": nobody.password })),
        ] {
            let mut body = rest;
            body["email"] = json!(email);
            nobody.post(path, body).await.expect_field("/email");
        }
        let mut browser = nobody.browser();
        for path in ["/login/link", "/reset-password", "/verify-email/again"] {
            browser.post(path, &[("email", email)]).await.expect(422);
        }
    }
    app.work().await;
    let mailbox = nobody.get("/dev/mailbox").await.expect(200).json();
    assert_eq!(mailbox["data"], json!([]));
}

/// Whoever signed up with somebody else's address has no way in once its owner comes by mail.
#[tokio::test]
async fn the_mail_takes_an_unconfirmed_account_from_whoever_began_it() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    let body = json!({ "email": ada.email, "password": ada.password });
    ada.post("/auth/signup", body.clone()).await.expect(202);
    let stale = app.mail_to(&ada.email).await;
    let (flow, mail) = ask(&app, &ada).await;
    verify(&ada, json!({ "flow": flow, "code": mail.code() }))
        .await
        .expect(200);
    ada.post("/auth/login", body)
        .await
        .expect_problem(401, "invalid_credentials");
    ada.post("/auth/verify-email", json!({ "token": stale.link_token() }))
        .await
        .expect_problem(401, "otp_invalid");
}
