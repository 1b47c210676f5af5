//! What the script of passkeys asks, as a browser sends it.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use serde_json::{Value, json};

use super::{ADA, Browser, Seen};
use crate::passkey::service::tests::{authenticator, challenge, made_json, owner, used_json};
use crate::testing::{Identity, PASSWORD};

const SESSION: &str = "__Host-ms_session";

fn read(seen: &Seen) -> Value {
    assert_eq!(seen.status, StatusCode::OK, "{}", seen.page);
    serde_json::from_str(&seen.page).unwrap()
}

#[tokio::test]
async fn a_passkey_is_added_shown_once_more_and_signs_in() {
    let identity = Identity::open().await;
    let ada = identity.person(ADA).await.user.id;
    let (mut browser, authenticator) = (Browser::new(&identity), authenticator());
    browser.sign_in().await;
    let first = browser.cookie(SESSION).unwrap().to_owned();
    let options = read(
        &browser
            .ask("/account/security/passkeys/options", &json!({}))
            .await,
    );
    let answer = authenticator
        .register(&challenge(&options["public_key"]))
        .unwrap();
    let body =
        json!({ "name": "Laptop", "credential": made_json(&authenticator, &answer), "return_to": null });
    let said = read(&browser.ask("/account/security/passkeys", &body).await);
    assert_eq!(said["location"], "/account/security");
    assert_eq!(said["recovery_codes"].as_array().unwrap().len(), 10);
    let second = browser.cookie(SESSION).unwrap().to_owned();
    assert_ne!(first, second, "the session was raised");

    let options = read(&browser.ask("/account/step-up/passkey/options", &json!({})).await);
    let answer = authenticator.assert(&challenge(&options["public_key"])).unwrap();
    let body =
        json!({ "credential": used_json(&authenticator, &answer, Some(ada)), "return_to": "/account" });
    let said = read(&browser.ask("/account/step-up/passkey", &body).await);
    assert_eq!(said["location"], "/account");
    assert_ne!(browser.cookie(SESSION).unwrap(), second);

    let mut other = Browser::new(&identity);
    let options = read(&other.ask("/login/passkey/options", &json!({})).await);
    let answer = authenticator.assert(&challenge(&options["public_key"])).unwrap();
    let credential = used_json(&authenticator, &answer, Some(ada));
    let body = json!({ "credential": credential, "return_to": "https://evil.example/" });
    let said = read(&other.ask("/login/passkey", &body).await);
    assert_eq!(said["location"], "/account", "and not where a stranger wants");
    assert!(other.get("/account").await.page.contains("This browser"));
    let seen = other.ask("/login/passkey", &body).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "{}", seen.page);
}

#[tokio::test]
async fn a_passkey_takes_the_second_step_in_a_browser() {
    let identity = Identity::open().await;
    let (_, authenticator) = owner(&identity, ADA).await;
    let mut browser = Browser::new(&identity);
    let options = "/login/second-factor/passkey/options";
    let seen = browser.ask(options, &json!({})).await;
    assert_eq!(seen.status, StatusCode::UNAUTHORIZED, "there is no ticket");
    browser
        .post("/login", &[("email", ADA), ("password", PASSWORD)])
        .await;
    let options = read(&browser.ask(options, &json!({})).await);
    let answer = authenticator.assert(&challenge(&options["public_key"])).unwrap();
    let body = json!({ "credential": used_json(&authenticator, &answer, None), "return_to": "/welcome" });
    let said = read(&browser.ask("/login/second-factor/passkey", &body).await);
    assert_eq!(said["location"], "/welcome");
    let cookies: Vec<&str> = browser.cookies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(cookies, [SESSION], "the ticket is gone");
}

#[tokio::test]
async fn pages_of_others_ask_for_nothing() {
    let identity = Identity::open().await;
    owner(&identity, ADA).await;
    let mut browser = Browser::new(&identity);
    for path in [
        "/login/passkey/options",
        "/login/passkey",
        "/login/second-factor/passkey/options",
        "/login/second-factor/passkey",
        "/account/security/passkeys/options",
        "/account/security/passkeys",
        "/account/step-up/passkey/options",
        "/account/step-up/passkey",
    ] {
        for site in ["cross-site", "same-site", "none"] {
            let request = Request::post(path)
                .header("content-type", "application/json")
                .header("sec-fetch-site", site);
            let seen = browser.send(request, Body::from("{}")).await;
            assert_eq!(seen.status, StatusCode::FORBIDDEN, "{path} {site}");
        }
    }
}
