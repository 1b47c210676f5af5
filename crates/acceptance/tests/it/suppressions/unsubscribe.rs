//! Readers who want no more: by one click of their mail program, on the page, and in front ends of others.

use mainstay_acceptance::{Answer, Chromium, Person, Setup, TestApp};
use reqwest::Method;
use serde_json::json;

use super::{NEWS, happened, link, listed, reaches};

const ADA: &str = "ada@example.com";

/// As a provider of mailboxes sends it: no cookie, no origin (RFC 8058 §3.1).
async fn one_click(nobody: &Person, link: &str) -> Answer {
    let ask = nobody.ask(Method::POST, link);
    ask.form(&[("List-Unsubscribe", "One-Click")]).send().await
}

fn token(link: &str) -> &str {
    link.strip_prefix("/unsubscribe/").unwrap()
}

#[tokio::test]
async fn one_click_ends_mail_of_a_kind_and_looking_ends_nothing() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let (_, other) = app.owner("other").await;
    let link = link(&app, Some(&acme), NEWS, "Ada@Example.com");
    let nobody = app.nobody();
    for method in [Method::GET, Method::HEAD] {
        nobody.ask(method, &link).send().await.expect(200);
    }
    let page = nobody.get(&link).await.expect(200).text();
    assert!(
        page.contains("owner and friends") && page.contains("product news"),
        "{page}"
    );
    assert!(
        page.contains("a•••@example.com") && !page.contains("ada@"),
        "{page}"
    );
    assert!(listed(&owner, &acme).await.is_empty());
    assert!(reaches(&app, Some(&acme), NEWS, ADA).await);
    one_click(&nobody, &link).await.expect(200);
    assert_eq!(
        listed(&owner, &acme).await,
        ["ada@example.com product_news unsubscribe"]
    );
    assert!(!reaches(&app, Some(&acme), NEWS, ADA).await);
    for (organization, category) in [
        (Some(acme.as_str()), "digest"),
        (Some(acme.as_str()), "transactional"),
        (Some(other.as_str()), NEWS),
        (None, NEWS),
    ] {
        assert!(
            reaches(&app, organization, category, ADA).await,
            "{organization:?} {category}"
        );
    }
    let multipart =
        "--b\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b--\r\n";
    let kind = "multipart/form-data; boundary=b";
    nobody
        .ask(Method::POST, &link)
        .body(kind, multipart)
        .send()
        .await
        .expect(200);
    assert_eq!(listed(&owner, &acme).await.len(), 1, "once is enough");
    assert_eq!(happened(&owner, &acme, "suppression.added").await, 1);
    nobody
        .ask(Method::POST, &link)
        .form(&[("x", "y")])
        .send()
        .await
        .expect(422);
}

#[tokio::test]
async fn twenty_clicks_at_once_are_one() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let link = link(&app, Some(&acme), NEWS, ADA);
    let nobody = app.nobody();
    let answers = app.at_once(20, |_| {
        let (nobody, link) = (nobody.clone(), link.clone());
        async move { one_click(&nobody, &link).await.status }
    });
    assert_eq!(answers.await, [200; 20]);
    assert_eq!(listed(&owner, &acme).await.len(), 1);
    assert_eq!(happened(&owner, &acme, "suppression.added").await, 1);
}

#[tokio::test]
async fn the_page_stops_all_mail_and_takes_it_back() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let link = link(&app, Some(&acme), NEWS, ADA);
    let mut browser = app.nobody().browser();
    for action in ["unsubscribe", "unsubscribe_all"] {
        let done = browser
            .post(&link, &[("action", action)])
            .await
            .expect(200)
            .text();
        assert!(done.contains("You are unsubscribed"), "{done}");
    }
    assert_eq!(
        listed(&owner, &acme).await,
        [
            "ada@example.com all unsubscribe",
            "ada@example.com product_news unsubscribe"
        ]
    );
    assert!(!reaches(&app, Some(&acme), "digest", ADA).await);
    for kept in ["transactional", "security"] {
        assert!(
            reaches(&app, Some(&acme), kept, ADA).await,
            "{kept} can't be ended by its reader"
        );
    }
    browser
        .post(&link, &[("action", "resubscribe")])
        .await
        .expect(200);
    assert!(listed(&owner, &acme).await.is_empty());
    assert!(reaches(&app, Some(&acme), NEWS, ADA).await);
    assert_eq!(happened(&owner, &acme, "suppression.removed").await, 2);
    for (language, words) in [
        ("de", "Abbestellen?"),
        ("fr", "Se désabonner ?"),
        ("en", "Unsubscribe?"),
    ] {
        let mut reader = app.nobody().browser().reading(language);
        let page = reader.get(&link).await.expect(200);
        assert!(page.text().contains(words), "{page}");
        assert!(
            page.header("content-security-policy")
                .contains("form-action 'self'"),
            "{page}"
        );
        assert_eq!(page.header("referrer-policy"), "no-referrer");
    }
}

#[tokio::test]
async fn what_the_sender_or_a_bounce_stopped_no_reader_takes_back() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let body = json!({ "organization_id": acme, "email": ADA });
    owner.post("/suppressions", body).await.expect(201);
    let link = link(&app, Some(&acme), NEWS, ADA);
    let token = token(&link);
    let mut browser = app.nobody().browser();
    browser
        .post(&link, &[("action", "resubscribe")])
        .await
        .expect(200);
    assert_eq!(listed(&owner, &acme).await, ["ada@example.com all manual"]);
    let answer = app
        .nobody()
        .post("/messages/resubscribe", json!({ "token": token }))
        .await;
    assert_eq!(answer.expect(200).at("/status"), "stopped");
    let answer = app
        .nobody()
        .post("/messages/unsubscribe", json!({ "token": token }))
        .await;
    assert_eq!(answer.expect(200).at("/status"), "unsubscribed");
    let answer = app
        .nobody()
        .post("/messages/resubscribe", json!({ "token": token }))
        .await;
    assert_eq!(answer.expect(200).at("/status"), "stopped");
}

#[tokio::test]
async fn front_ends_of_others_do_the_same() {
    let app = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let link = link(&app, Some(&acme), NEWS, ADA);
    let token = token(&link);
    let nobody = app.nobody();
    let one = nobody
        .post("/messages/unsubscribe", json!({ "token": token }))
        .await
        .expect(200);
    let expected = json!({
        "sender": "owner and friends", "email": "a•••@example.com", "category": NEWS, "status": "unsubscribed",
    });
    assert_eq!(one.json(), expected);
    let body = json!({ "token": token, "all": true });
    let all = nobody.post("/messages/unsubscribe", body).await.expect(200);
    assert_eq!(all.at("/status"), "unsubscribed_from_all");
    let back = nobody
        .post("/messages/resubscribe", json!({ "token": token }))
        .await
        .expect(200);
    assert_eq!(back.at("/status"), "subscribed");
    assert!(listed(&owner, &acme).await.is_empty());
    let own = link_of_the_platform(&app);
    let stopped = nobody
        .post("/messages/unsubscribe", json!({ "token": own }))
        .await
        .expect(200);
    assert_eq!(stopped.at("/sender"), "Mainstay");
    assert!(!reaches(&app, None, NEWS, ADA).await);
    assert!(reaches(&app, Some(&acme), NEWS, ADA).await);
}

fn link_of_the_platform(app: &TestApp) -> String {
    token(&link(app, None, NEWS, ADA)).to_owned()
}

#[tokio::test]
async fn a_link_that_was_not_made_here_does_nothing() {
    let app = TestApp::start().await;
    let stranger = TestApp::start().await;
    let (owner, acme) = app.owner("owner").await;
    let link = link(&app, Some(&acme), NEWS, ADA);
    let good = token(&link);
    let (head, tail) = good.split_at(good.len() / 2);
    let swapped = format!(
        "{head}{}",
        if tail.starts_with('A') {
            tail.replacen('A', "B", 1)
        } else {
            format!("A{}", &tail[1..])
        }
    );
    let foreign = link_of_the_platform(&stranger);
    let (nobody, long) = (app.nobody(), good.repeat(20));
    for bad in [
        "x",
        &good[..good.len() - 1],
        head,
        &format!("{good}A"),
        &swapped,
        &foreign,
        &long,
        "%00",
        "%ff",
    ] {
        let path = format!("/unsubscribe/{bad}");
        let page = nobody
            .ask(Method::GET, &path)
            .header("accept", "text/html")
            .send()
            .await;
        assert!(matches!(page.status, 400 | 404), "{bad}: {page}");
        let answer = one_click(&nobody, &path).await;
        assert!(matches!(answer.status, 400 | 404), "{bad}: {answer}");
    }
    for bad in [head, foreign.as_str(), ""] {
        for path in ["/messages/unsubscribe", "/messages/resubscribe"] {
            let answer = nobody.post(path, json!({ "token": bad })).await;
            answer.expect_problem(404, "not_found");
        }
    }
    assert!(listed(&owner, &acme).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn in_a_real_browser_the_buttons_work_without_script_or_fault() {
    let Some(mut browser) = Chromium::start() else {
        return;
    };
    let app = TestApp::with(Setup::default().at_localhost()).await;
    let (owner, acme) = app.owner("owner").await;
    let link = link(&app, Some(&acme), NEWS, ADA);
    let mut faults = Vec::new();
    let mut look = |browser: &mut Chromium| {
        for (width, dark) in [(1280, false), (390, true)] {
            browser.does("look", json!({ "width": width, "dark": dark }));
            faults.extend(browser.faults());
        }
    };
    assert_eq!(browser.open(&format!("{}{link}", app.base)), 200);
    assert!(browser.text().contains("owner and friends"));
    look(&mut browser);
    browser.click(".go");
    browser.wait(".small[value=resubscribe]");
    assert_eq!(
        listed(&owner, &acme).await,
        ["ada@example.com product_news unsubscribe"]
    );
    look(&mut browser);
    browser.click(".small[value=unsubscribe_all]");
    browser.wait(".hint");
    assert_eq!(listed(&owner, &acme).await.len(), 2);
    look(&mut browser);
    browser.click(".small[value=resubscribe]");
    browser.wait(".go");
    assert!(listed(&owner, &acme).await.is_empty());
    browser.open(&format!("{}/unsubscribe/gone", app.base));
    look(&mut browser);
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
