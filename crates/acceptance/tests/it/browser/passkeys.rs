//! Passkeys in a real browser, with an authenticator that Chromium plays.

use mainstay_acceptance::{Chromium, Person, Setup, TestApp};
use serde_json::json;

/// Somebody signed in, with a passkey that was just added on the page.
async fn with_passkey(app: &TestApp, browser: &mut Chromium) -> (Person, String) {
    let ada = app.confirmed("ada").await;
    let authenticator = browser.does("authenticator", json!({}));
    let authenticator = authenticator.as_str().unwrap().to_owned();
    sign_in(app, browser, &ada);
    browser.arrive("/account");
    browser.open(&format!("{}/account/security", app.base));
    browser.click("[data-passkey=register]");
    browser.wait(".codes li");
    (ada, authenticator)
}

fn sign_in(app: &TestApp, browser: &mut Chromium, person: &Person) {
    browser.open(&format!("{}/login", app.base));
    browser.fill("#email", &person.email);
    browser.fill("#password", &person.password);
    browser.click("#door .go");
}

fn present(browser: &mut Chromium, authenticator: &str, enabled: bool) {
    browser.does(
        "presence",
        json!({ "authenticator": authenticator, "enabled": enabled }),
    );
}

fn signed(browser: &mut Chromium, authenticator: &str) -> u64 {
    let counts = browser.does("passkeys", json!({ "authenticator": authenticator }));
    let counts = counts.as_array().unwrap().clone();
    assert_eq!(counts.len(), 1, "one passkey is expected: {counts:?}");
    counts[0].as_u64().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_added_and_opens_the_door_without_a_password() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let app = TestApp::with(Setup::default().at_localhost()).await;
    let (ada, authenticator) = with_passkey(&app, &mut browser).await;
    let told = app.mail_to(&ada.email).await;
    assert!(told.text.to_lowercase().contains("passkey"), "{told:?}");
    let before = signed(&mut browser, &authenticator);
    // Where the address is typed it is offered by itself.
    browser.does("forget", json!({}));
    browser.open(&format!("{}/account", app.base));
    browser.arrive("/account");
    assert!(browser.text().contains(&ada.email));
    let offered = signed(&mut browser, &authenticator);
    assert!(offered > before);
    // There is a button, too, for who passed that over.
    browser.does("forget", json!({}));
    present(&mut browser, &authenticator, false);
    browser.open(&format!("{}/login?return_to=/account/security", app.base));
    browser.click("[data-passkey=sign-in]");
    present(&mut browser, &authenticator, true);
    browser.arrive("/account/security");
    assert!(signed(&mut browser, &authenticator) > offered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_passkey_is_the_second_step_after_the_password() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let app = TestApp::with(Setup::default().at_localhost()).await;
    let (ada, authenticator) = with_passkey(&app, &mut browser).await;
    browser.does("forget", json!({}));
    present(&mut browser, &authenticator, false);
    sign_in(&app, &mut browser, &ada);
    browser.wait("#code");
    assert!(browser.text().contains("Use a passkey"));
    assert_eq!(browser.faults(), Vec::<String>::new());
    present(&mut browser, &authenticator, true);
    browser.click("[data-passkey=second-factor]");
    browser.arrive("/account");
    assert!(browser.text().contains(&ada.email));
}
