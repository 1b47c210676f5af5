//! The page where payments are tried, in a real browser.

use mainstay_acceptance::{Chromium, Setup, TestApp};
use serde_json::json;

/// The shop is another origin than the page: the policy of the form has to let the buyer back.
#[tokio::test(flavor = "multi_thread")]
async fn a_buyer_pays_and_is_back_in_the_shop() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let app = TestApp::with(Setup::default().at_localhost()).await;
    let (ada, organization) = app.owner("ada").await;
    let shop = format!("http://{}", app.address());
    let body = json!({
        "organization_id": organization,
        "amount": 1999,
        "currency": "USD",
        "success_url": format!("{shop}/docs?paid=yes"),
        "cancel_url": format!("{shop}/docs?paid=no"),
    });
    let payment = ada.post("/payments/sandbox", body).await.expect(201).json();
    let page = payment["checkout_url"].as_str().unwrap();
    let mut faults = Vec::new();
    let mut look = |browser: &mut Chromium, what: &str| {
        for (width, dark) in [(1280, false), (390, true)] {
            browser.does("look", json!({ "width": width, "dark": dark }));
            let found = browser.faults();
            faults.extend(found.into_iter().map(|fault| format!("{what}: {fault}")));
        }
    };
    assert_eq!(browser.open(page), 200);
    look(&mut browser, "open");
    browser.click("button[value=decline]");
    assert!(browser.wait(".err").contains("declined"));
    look(&mut browser, "declined");
    browser.click("button[value=challenge]");
    browser.wait(".ok-note");
    browser.click("button[value=pay]");
    browser.arrive("/docs?paid=yes");
    assert_eq!(browser.open(page), 200);
    assert!(browser.text().contains("Paid here"));
    look(&mut browser, "paid");
    assert_eq!(browser.open(&format!("{}/sandbox", app.base)), 200);
    look(&mut browser, "dashboard");
    browser.click("form[action$=refund] button");
    browser.wait(".here");
    assert!(browser.text().contains("given back"), "{}", browser.text());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
