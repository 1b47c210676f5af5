//! Providers that lie, fail or lead astray: npm's oauth2-mock-server, turned hostile.

use mainstay_acceptance::{Browser, HostileProvider, Setup, TestApp};
use serde_json::json;

use crate::identity::social::{back, depart, with_provider};

async fn start() -> Option<(TestApp, HostileProvider)> {
    let provider = HostileProvider::start()?;
    let setup = with_provider(Setup::default(), &provider.issuer);
    Some((TestApp::with(setup).await, provider))
}

fn claims(name: &str) -> serde_json::Value {
    json!({ "sub": name, "email": format!("{name}@example.com"), "email_verified": true, "name": name })
}

async fn come_in(app: &TestApp, provider: &HostileProvider) -> (Browser, u16) {
    let mut browser = app.nobody().browser();
    let place = provider.sign_in(&depart(&mut browser).await).await;
    let status = browser.get(&back(&place)).await.status;
    (browser, status)
}

#[tokio::test]
async fn no_lie_of_a_provider_opens_a_session() {
    let Some((app, mut provider)) = start().await else {
        return;
    };
    provider.speak_of(&claims("ada"));
    let (mut browser, status) = come_in(&app, &provider).await;
    assert!(
        status == 303 && browser.is_in().await,
        "the good one is refused: {status}"
    );
    for fault in [
        "bad_nonce",
        "no_nonce",
        "bad_audience",
        "second_audience",
        "bad_azp",
        "bad_issuer",
        "expired",
        "future",
        "not_yet",
        "no_expiry",
        "no_issue_time",
        "no_subject",
        "alg_none",
        "no_signature",
        "tampered",
        "foreign_key",
        "hs256",
    ] {
        provider.misbehave(fault);
        let (mut browser, status) = come_in(&app, &provider).await;
        assert_eq!(status, 401, "{fault}");
        assert!(!browser.is_in().await, "{fault}");
    }
    provider.misbehave("none");
    let (mut browser, _) = come_in(&app, &provider).await;
    assert!(browser.is_in().await);
    // Refusals are for the operator to see.
    let staff = app.staff("olga", "owner").await;
    let log = staff
        .get("/activity-logs?action=auth.social_sign_in_refused")
        .await
        .expect(200)
        .json();
    assert!(log["data"].as_array().unwrap().len() >= 17, "{log}");
}

#[tokio::test]
async fn an_address_counts_only_when_the_provider_says_true() {
    let Some((app, mut provider)) = start().await else {
        return;
    };
    provider.speak_of(&claims("ben"));
    for fault in ["unverified_email", "text_email_verified", "no_email_verified"] {
        provider.misbehave(fault);
        let (mut browser, status) = come_in(&app, &provider).await;
        assert_eq!(status, 403, "{fault}");
        assert!(!browser.is_in().await, "{fault}");
    }
}

#[tokio::test]
async fn a_provider_that_fails_or_redirects_is_said_to_and_led_nowhere() {
    let Some((app, mut provider)) = start().await else {
        return;
    };
    provider.speak_of(&claims("ada"));
    for fault in [
        "token_redirect",
        "token_fails",
        "token_nonsense",
        "token_endless",
        "token_silent",
    ] {
        provider.misbehave(fault);
        let (mut browser, status) = come_in(&app, &provider).await;
        assert_eq!(status, 502, "{fault}");
        assert!(!browser.is_in().await, "{fault}");
    }
    provider.misbehave("invalid_grant");
    assert_eq!(come_in(&app, &provider).await.1, 400);
    assert_eq!(provider.hits(), 0);
}

#[tokio::test]
async fn what_a_provider_says_of_itself_is_held_against_what_is_pinned() {
    for fault in [
        "discovery_redirect",
        "other_issuer",
        "keys_elsewhere",
        "only_none",
        "keys_redirect",
    ] {
        let Some((app, mut provider)) = start().await else {
            return;
        };
        provider.speak_of(&claims("ada"));
        provider.misbehave(fault);
        let mut browser = app.nobody().browser();
        let sent = browser.get("/login/with/acme").await;
        let status = match sent.status {
            303 => {
                let place = provider.sign_in(sent.header("location")).await;
                browser.get(&back(&place)).await.status
            }
            status => status,
        };
        assert_eq!(status, 502, "{fault}");
        assert!(!browser.is_in().await, "{fault}");
        assert_eq!(provider.hits(), 0, "{fault}");
    }
}

#[tokio::test]
async fn a_provider_at_a_private_address_is_not_asked() {
    let Some(mut provider) = HostileProvider::start() else {
        return;
    };
    provider.speak_of(&claims("ada"));
    let setup = with_provider(Setup::default(), &provider.issuer).set("outbound_allow_private", "no");
    let app = TestApp::with(setup).await;
    let sent = app.nobody().browser().get("/login/with/acme").await;
    assert_eq!(sent.status, 502, "{sent}");
}
