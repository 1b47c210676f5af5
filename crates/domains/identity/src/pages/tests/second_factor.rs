//! The second step in a browser.

use std::time::Duration;

use axum::http::StatusCode;

use super::{ADA, Browser};
use crate::enrolment::service::tests::{code_of, enrol};
use crate::testing::{Identity, PASSWORD};

const PAGE: &str = "/login/second-factor";

async fn begin(browser: &mut Browser<'_>) {
    let fields = [("email", ADA), ("password", PASSWORD), ("return_to", "/account")];
    let seen = browser.post("/login", &fields).await;
    let place = seen.location.as_deref();
    assert_eq!(
        place,
        Some("/login/second-factor?return_to=%2Faccount"),
        "{}",
        seen.page
    );
    let cookies: Vec<&str> = browser.cookies.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(cookies, ["__Host-mfa"], "nobody is in, and no browser is known");
}

#[tokio::test]
async fn a_browser_is_let_in_by_the_second_factor_and_not_before() {
    let identity = Identity::open().await;
    let (app, _) = enrol(&identity).await;
    let mut browser = Browser::new(&identity);
    begin(&mut browser).await;
    assert!(browser.get(PAGE).await.page.contains("One more step"));
    let seen = browser.post(PAGE, &[("code", "000000")]).await;
    assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(seen.page.contains("That code is not right"), "{}", seen.page);
    let code = code_of(&identity, &app);
    let (first, second) = code.expose().split_at(3);
    let typed = format!("{first} {second}");
    let seen = browser
        .post(PAGE, &[("code", &typed), ("return_to", "/account")])
        .await;
    assert_eq!(seen.location.as_deref(), Some("/account"), "{}", seen.page);
    assert!(browser.cookie("__Host-mfa").is_none());
    assert!(browser.cookie("__Host-ms_session").is_some() && browser.cookie("__Host-ms_device").is_some());
    assert_eq!(browser.get("/account").await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_recovery_code_is_typed_in_the_same_field() {
    let identity = Identity::open().await;
    let (_, enrolled) = enrol(&identity).await;
    let mut browser = Browser::new(&identity);
    begin(&mut browser).await;
    let code = enrolled.recovery_codes.first().unwrap();
    let seen = browser.post(PAGE, &[("code", code)]).await;
    assert_eq!(seen.location.as_deref(), Some("/account"), "{}", seen.page);
}

#[tokio::test]
async fn a_ticket_that_is_over_begins_anew() {
    let identity = Identity::open().await;
    enrol(&identity).await;
    let mut browser = Browser::new(&identity);
    assert!(browser.get(PAGE).await.page.contains("Please start over"));
    begin(&mut browser).await;
    identity.clock.advance(Duration::from_mins(5));
    let seen = browser.post(PAGE, &[("code", "000000")]).await;
    assert!(seen.page.contains("Please start over"), "{}", seen.page);
}
