//! The hosted pages, as browsers without script see them: what holds for all of them. What is mailed is followed
//! in the files of each flow.

mod sign_in;

use mainstay_acceptance::{Answer, Browser, Person, TestApp};
use reqwest::Method;
use serde_json::json;

const SESSION: &str = "__Host-ms_session";
const NEW: &str = "noisy badgers fold 7 umbrellas";

/// Every page that takes a form, and a form that it would take.
const FORMS: [(&str, &[(&str, &str)]); 14] = [
    (
        "/login",
        &[
            ("email", "ada@example.com"),
            ("password", "ada rides a violet tandem to Porto"),
        ],
    ),
    ("/login/link", &[("email", "ada@example.com")]),
    ("/check-email", &[("code", "00000000")]),
    (
        "/signup",
        &[("name", ""), ("email", "bob@example.com"), ("password", NEW)],
    ),
    ("/verify-email", &[("token", "x")]),
    ("/verify-email/again", &[("email", "ada@example.com")]),
    ("/reset-password", &[("email", "ada@example.com")]),
    ("/magic-link", &[("token", "x")]),
    ("/change-email", &[("token", "x")]),
    ("/undo-email-change", &[("token", "x")]),
    (
        "/account/sessions/end",
        &[("session", "ses_01h455vb4pex5vsknk084sn02r")],
    ),
    ("/account/sessions/end-others", &[]),
    ("/logout", &[]),
    (
        "/setup",
        &[("token", "x"), ("email", "bob@example.com"), ("password", NEW)],
    ),
];

/// The pages that anybody may open.
const PAGES: [&str; 10] = [
    "/login",
    "/login?return_to=/account",
    "/login/link",
    "/signup",
    "/check-email",
    "/verify-email",
    "/reset-password",
    "/magic-link?token=x",
    "/change-email?token=x",
    "/undo-email-change?token=x",
];

/// What is left of the accounts and mails of an app.
async fn state(app: &TestApp, person: &Person) -> Vec<String> {
    app.work().await;
    let mut state = Vec::new();
    for path in ["/dev/mailbox", "/auth/sessions", "/users/me"] {
        state.push(person.get(path).await.expect(200).text());
    }
    state
}

#[track_caller]
fn expect_page(page: &Answer) {
    assert!(page.header("content-type").starts_with("text/html"), "{page}");
    assert_eq!(page.header("cache-control"), "no-store", "{page}");
    assert_eq!(page.header("referrer-policy"), "no-referrer", "{page}");
    assert_eq!(page.header("x-content-type-options"), "nosniff", "{page}");
    let policy = page.header("content-security-policy");
    for part in [
        "default-src 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ] {
        assert!(policy.contains(part), "{policy}");
    }
    let text = page.text();
    for script in text.split("<script").skip(1) {
        assert!(script.starts_with(" src=\"/assets/"), "{script}");
    }
    for inline in [
        " onclick=",
        " onload=",
        " onsubmit=",
        " style=",
        "<style",
        "javascript:",
    ] {
        assert!(!text.contains(inline), "{inline}: {text}");
    }
    for form in text.split("<form").skip(1) {
        assert!(
            form.split('>')
                .next()
                .unwrap_or_default()
                .contains("method=\"post\""),
            "{form}"
        );
    }
}

/// The token of the newest link to an address.
async fn token(app: &TestApp, email: &str) -> String {
    app.mail_to(email).await.link_token()
}

async fn sign_up(browser: &mut Browser, person: &Person) -> Answer {
    let page = browser.get("/signup").await.expect(200);
    let fields = [
        ("name", "Ada"),
        ("email", person.email.as_str()),
        ("password", &person.password),
    ];
    browser.submit(&page, "/signup", &fields).await
}

#[tokio::test]
async fn opening_a_page_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let mut links = Vec::new();
    let body = json!({ "email": ada.email });
    ada.post("/auth/reset-password", body.clone()).await.expect(202);
    links.push(app.path_of(&app.mail_to(&ada.email).await.link()));
    let asked = ada.post("/auth/magic-link", body).await.expect(202);
    browser.cookies.insert("__Host-ml".into(), asked.at("/flow"));
    links.push(app.path_of(&app.mail_to(&ada.email).await.link()));
    ada.post("/auth/change-email", json!({ "new_email": "ada@example.org" }))
        .await
        .expect(202);
    for email in [ada.email.as_str(), "ada@example.org"] {
        links.push(app.path_of(&app.mail_to(email).await.link()));
    }
    let before = state(&app, &ada).await;
    let pages = PAGES.iter().map(|page| (*page).to_owned());
    for path in pages.chain(links.clone()).chain(["/account".into()]) {
        for method in [Method::HEAD, Method::GET] {
            let nobody = ada.without_token();
            nobody.ask(method, &path).send().await;
            browser.get(&path).await;
        }
    }
    let after = state(&app, &ada).await;
    assert_eq!(after, before);
    // All of them are still good.
    let page = browser.get(&links[1]).await.expect(200);
    browser.submit(&page, "/magic-link", &[]).await.expect(303);
    for (link, done) in [
        (&links[2], "One more mailbox"),
        (&links[3], "Your address is changed"),
    ] {
        let page = browser.get(link).await.expect(200);
        assert!(page.text().contains("ada@example.org"), "{page}");
        let answer = browser.submit(&page, "/change-email", &[]).await.expect(200);
        assert!(answer.text().contains(done), "{answer}");
    }
}

#[tokio::test]
async fn a_change_of_address_is_taken_back_by_its_page() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    ada.post("/auth/change-email", json!({ "new_email": "ada@example.org" }))
        .await
        .expect(202);
    for email in [ada.email.as_str(), "ada@example.org"] {
        let token = token(&app, email).await;
        browser
            .post("/change-email", &[("token", &token)])
            .await
            .expect(200);
    }
    let path = app.path_of(&app.mail_to(&ada.email).await.link());
    let page = browser.get(&path).await.expect(200);
    expect_page(&page);
    assert!(page.text().contains(&ada.email), "{page}");
    let done = browser.submit(&page, "/undo-email-change", &[]).await.expect(200);
    assert!(done.text().contains("The change is taken back"), "{done}");
    browser.submit(&page, "/undo-email-change", &[]).await.expect(422);
    ada.get("/users/me").await.expect(401);
}

#[tokio::test]
async fn a_link_that_is_none_is_told_so_politely() {
    let app = TestApp::start().await;
    let mut browser = app.nobody().browser();
    let long = "x".repeat(3000);
    for path in [
        "/verify-email",
        "/reset-password",
        "/magic-link",
        "/change-email",
        "/undo-email-change",
    ] {
        for bad in ["x", "", "%00", "%27%22%3E%3Cscript%3E", "ms_ott_AAAA", &long] {
            let page = browser.get(&format!("{path}?token={bad}")).await;
            expect_page(&page);
            // What no token can be is refused as a whole; the rest is a link that does not work.
            if bad == "%00" {
                page.expect(422);
            } else {
                assert!(
                    page.expect(200)
                        .text()
                        .contains("This link does not work any more")
                );
            }
        }
        let mut fields = vec![("token", "ms_ott_AAAA")];
        if path == "/reset-password" {
            fields.push(("new_password", NEW));
        }
        let refused = browser.post(path, &fields).await.expect(422);
        expect_page(&refused);
        assert!(
            refused.text().contains("This link does not work any more"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn forms_of_other_sites_are_refused() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    browser.sign_in().await.expect(303);
    let before = state(&app, &ada).await;
    let evil_port = format!("{}1", app.base);
    for (path, fields) in FORMS {
        for headers in [
            &[("origin", "https://evil.test")][..],
            &[("origin", "null")],
            &[("origin", evil_port.as_str())],
            &[("sec-fetch-site", "cross-site")],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("sec-fetch-site", "cross-site"), ("origin", app.base.as_str())],
            &[],
        ] {
            let answer = browser.post_from(path, headers, fields).await;
            assert_eq!(answer.status, 403, "{headers:?}: {answer}");
            assert!(!answer.headers.contains_key("set-cookie"), "{:?}", answer.headers);
        }
    }
    assert!(browser.is_in().await);
    assert_eq!(state(&app, &ada).await, before);
}

#[tokio::test]
async fn every_page_is_guarded_and_works_without_script() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut browser = ada.browser();
    for path in PAGES {
        expect_page(&browser.get(path).await.expect(200));
    }
    for (path, fields) in FORMS {
        let answer = browser.post(path, fields).await;
        assert!(matches!(answer.status, 200 | 303 | 401 | 410 | 422), "{answer}");
        if answer.status != 303 {
            expect_page(&answer);
        }
    }
}

#[tokio::test]
async fn what_was_typed_is_shown_as_text() {
    let app = TestApp::start().await;
    let mut browser = app.nobody().browser();
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    for (path, fields) in [
        ("/login", vec![("email", evil), ("password", evil)]),
        ("/login/link", vec![("email", evil)]),
        (
            "/signup",
            vec![("name", evil), ("email", evil), ("password", NEW)],
        ),
        ("/reset-password", vec![("email", evil)]),
        ("/verify-email/again", vec![("email", evil)]),
        ("/check-email", vec![("email", evil), ("code", evil)]),
    ] {
        let answer = browser.post(path, &fields).await.expect(422);
        expect_page(&answer);
        assert!(!answer.text().contains("<img src=x"), "{answer}");
    }
}

#[tokio::test]
async fn a_page_speaks_the_readers_language_or_the_one_they_chose() {
    let app = TestApp::start().await;
    let ada = app.named("ada");
    for (wish, language, title) in [
        ("de-AT,de;q=0.9,en;q=0.8", "de", "Anmelden"),
        ("fr", "fr", "Se connecter"),
        ("xx", "en", "Sign in"),
    ] {
        let mut browser = ada.browser().reading(wish);
        let page = browser.get("/login").await.expect(200).text();
        assert!(page.contains(&format!("<html lang=\"{language}\">")), "{page}");
        assert!(page.contains(&format!("<h1>{title}</h1>")), "{page}");
        let refused = browser.post("/login", &[("email", "x"), ("password", "x")]).await;
        assert!(
            refused
                .expect(422)
                .text()
                .contains(&format!("lang=\"{language}\""))
        );
    }
    let mut browser = ada.browser().reading("de");
    let page = browser
        .get("/login?return_to=/account&locale=fr")
        .await
        .expect(200);
    assert!(page.text().contains("<h1>Se connecter</h1>"), "{page}");
    let page = browser.get("/signup").await.expect(200);
    assert!(page.text().contains("<html lang=\"fr\">"), "{page}");
    // Whoever signs up there gets their mails in it.
    sign_up(&mut browser, &ada).await.expect(200);
    let mail = app.mail_to(&ada.email).await;
    assert!(mail.html.contains("lang=\"fr\""), "{mail:?}");
}
