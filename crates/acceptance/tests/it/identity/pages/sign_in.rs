//! `/signup`, `/login`, `/account`, `/logout`, and where people are sent.

use mainstay_acceptance::{Setup, TestApp};
use serde_json::json;

use super::{SESSION, expect_page, sign_up};

#[tokio::test]
async fn a_person_signs_up_confirms_signs_in_and_out_without_script() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    let mut browser = ada.browser();
    let inbox = sign_up(&mut browser, &ada).await.expect(200);
    expect_page(&inbox);
    assert!(!browser.is_in().await);
    let early = browser.sign_in().await.expect(422);
    assert!(early.text().contains("Confirm your address first"), "{early}");
    let path = app.path_of(&app.mail_to(&ada.email).await.link());
    let page = browser.get(&path).await.expect(200);
    let done = browser.submit(&page, "/verify-email", &[]).await.expect(200);
    assert!(done.text().contains("Your address is confirmed"), "{done}");
    browser.submit(&page, "/verify-email", &[]).await.expect(422);
    let there = browser.get("/account").await.expect(303);
    assert_eq!(there.header("location"), "/login?return_to=%2Faccount");
    assert_eq!(browser.sign_in().await.expect(303).header("location"), "/account");
    let account = browser.get("/account").await.expect(200);
    expect_page(&account);
    assert!(account.text().contains(&ada.email), "{account}");
    // Somebody who is in is sent on.
    assert_eq!(
        browser.get("/login").await.expect(303).header("location"),
        "/account"
    );
    let copy = browser.clone();
    let out = browser.submit(&account, "/logout", &[]).await.expect(303);
    assert_eq!(out.header("location"), "/login");
    assert!(
        out.header("clear-site-data").contains("\"storage\""),
        "{:?}",
        out.headers
    );
    assert!(!browser.cookies.contains_key(SESSION));
    for mut browser in [browser, copy] {
        assert!(!browser.is_in().await);
    }
}

#[tokio::test]
async fn an_address_is_confirmed_by_its_code_too() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    let mut browser = ada.browser();
    let inbox = sign_up(&mut browser, &ada).await.expect(200);
    let again = browser
        .submit(&inbox, "/verify-email/again", &[])
        .await
        .expect(200);
    let code = app.mail_to(&ada.email).await.code();
    let wrong = format!("{:08}", (code.parse::<u64>().unwrap() + 1) % 100_000_000);
    let refused = browser
        .submit(&again, "/verify-email", &[("code", &wrong)])
        .await
        .expect(422);
    expect_page(&refused);
    let done = browser
        .submit(&refused, "/verify-email", &[("code", &code)])
        .await;
    done.expect(200);
    browser.sign_in().await.expect(303);
}

#[tokio::test]
async fn a_person_is_sent_to_our_own_pages_only() {
    let app = TestApp::start().await;
    let ada = app.confirmed("ada").await;
    let fields = [("email", ada.email.as_str()), ("password", ada.password.as_str())];
    for (place, leads_to) in [
        ("/account?a=1", "/account?a=1"),
        ("//evil", "/account"),
        ("/\\evil", "/account"),
        ("\\\\evil", "/account"),
        ("/.//evil.test", "/account"),
        ("https://app.evil.test", "/account"),
        ("javascript:alert(1)", "/account"),
        ("https://good.test@evil", "/account"),
        ("http://127.0.0.1.evil.com", "/account"),
        ("/a\r\nLocation: https://evil.test", "/account"),
    ] {
        let mut query = reqwest::Url::parse(&format!("{}/login", app.base)).unwrap();
        query.query_pairs_mut().append_pair("return_to", place);
        let path = app.path_of(query.as_str());
        let mut browser = ada.browser();
        let page = browser.get(&path).await.expect(200);
        let entered = browser.submit(&page, "/login", &fields).await.expect(303);
        assert_eq!(entered.header("location"), leads_to, "{place}");
        let mut browser = ada.browser();
        let sent = [fields[0], fields[1], ("return_to", place)];
        let entered = browser.post("/login", &sent).await.expect(303);
        assert_eq!(entered.header("location"), leads_to, "{place}");
        assert_eq!(
            browser.get(&path).await.expect(303).header("location"),
            leads_to,
            "{place}"
        );
    }
}

/// Where the operator allows another site, its visitors are shown the way there.
#[tokio::test]
async fn a_person_goes_on_to_a_site_that_the_operator_allows() {
    let setup = Setup::default().set(
        "redirect_origins",
        "https://www.partner.test, https://b.test:8443",
    );
    let app = TestApp::with(setup).await;
    let ada = app.confirmed("ada").await;
    let fields = [("email", ada.email.as_str()), ("password", ada.password.as_str())];
    for place in ["https://www.partner.test/welcome?a=1", "https://b.test:8443/"] {
        let sent = [fields[0], fields[1], ("return_to", place)];
        let page = ada.browser().post("/login", &sent).await.expect(200);
        expect_page(&page);
        assert!(page.text().contains(&format!("href=\"{place}\"")), "{page}");
        let body = json!({ "email": ada.email, "redirect_to": place });
        ada.post("/auth/magic-link", body).await.expect(202);
    }
    for place in [
        "https://partner.test/",
        "https://a.www.partner.test/",
        "http://www.partner.test/",
        "https://b.test/",
    ] {
        let sent = [fields[0], fields[1], ("return_to", place)];
        let entered = ada.browser().post("/login", &sent).await.expect(303);
        assert_eq!(entered.header("location"), "/account", "{place}");
        let body = json!({ "email": ada.email, "redirect_to": place });
        ada.post("/auth/magic-link", body)
            .await
            .expect_field("/redirect_to");
    }
}

#[tokio::test]
async fn a_person_ends_their_own_sessions_on_the_account_page() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.person("ada").await, app.person("eve").await);
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let hers = eve.get("/auth/sessions").await.expect(200).at("/data/0/id");
    let sent = browser.post("/account/sessions/end", &[("session", &hers)]).await;
    assert_eq!(sent.expect(303).header("location"), "/account");
    eve.get("/users/me").await.expect(200);
    let page = browser.get("/account").await.expect(200);
    assert!(!page.text().contains(&hers), "{page}");
    browser
        .submit(&page, "/account/sessions/end", &[])
        .await
        .expect(303);
    ada.get("/users/me").await.expect(401);
    let mut other = ada.browser();
    other.sign_in().await.expect(303);
    let page = browser.get("/account").await.expect(200);
    browser
        .submit(&page, "/account/sessions/end-others", &[])
        .await
        .expect(303);
    assert!(browser.is_in().await);
    assert!(!other.is_in().await);
    for path in ["/account/sessions/end", "/account/sessions/end-others"] {
        let refused = other.post(path, &[("session", &hers)]).await;
        refused.expect(401);
    }
}

#[tokio::test]
async fn signing_in_ends_the_session_that_the_browser_had() {
    let app = TestApp::start().await;
    let (ada, eve) = (app.confirmed("ada").await, app.confirmed("eve").await);
    let mut planted = eve.browser();
    planted.sign_in().await.expect(303);
    let mut browser = ada.browser();
    browser.cookies.clone_from(&planted.cookies);
    let fields = [("email", ada.email.as_str()), ("password", ada.password.as_str())];
    browser.post("/login", &fields).await.expect(303);
    assert_ne!(browser.cookies[SESSION], planted.cookies[SESSION]);
    assert!(!planted.is_in().await);
    let page = browser.get("/account").await.expect(200);
    assert!(page.text().contains(&ada.email), "{page}");
}
