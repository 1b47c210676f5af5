//! Nothing about the pages is hard to use, as far as axe can see.

use mainstay_acceptance::{Chromium, Setup, TestApp};
use serde_json::json;

/// What everybody sees.
const OPEN: &[&str] = &[
    "/",
    "/login",
    "/signup",
    "/check-email",
    "/reset-password",
    "/verify-email?token=gone",
    "/magic-link?token=gone",
    "/no-such-page",
    "/docs",
];

/// What who is signed in sees.
const OWN: &[&str] = &[
    "/account",
    "/account/security",
    "/account/security/password",
    "/account/confirm",
];

#[tokio::test(flavor = "multi_thread")]
async fn axe_finds_no_fault_in_any_page() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let app = TestApp::with(Setup::default().at_localhost()).await;
    let ada = app.confirmed("ada").await;
    let mut faults = Vec::new();
    let mut look = |browser: &mut Chromium, path: &str| {
        browser.open(&format!("{}{path}", app.base));
        for (width, dark) in [(1280, false), (390, true)] {
            browser.does("look", json!({ "width": width, "dark": dark }));
            let found = browser.faults();
            faults.extend(found.into_iter().map(|fault| format!("{path}: {fault}")));
        }
    };
    for path in OPEN {
        look(&mut browser, path);
    }
    browser.open(&format!("{}/login", app.base));
    browser.fill("#email", &ada.email);
    browser.fill("#password", &ada.password);
    browser.click(".go");
    browser.arrive("/account");
    for path in OWN {
        look(&mut browser, path);
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
