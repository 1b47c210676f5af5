//! What every answer says beside its body.

use std::collections::BTreeSet;

use mainstay_acceptance::{Answer, Setup, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

#[track_caller]
fn expect_guarded(answer: &Answer) {
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("x-frame-options", "DENY"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{name}: {answer}");
    }
    let policy = answer.header("content-security-policy");
    assert!(
        policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"),
        "{policy}"
    );
    for loose in ["unsafe-eval", "'unsafe-inline'", "*", "http:", "data: 'self'"] {
        assert!(!policy.contains(loose), "{policy}: {answer}");
    }
    for telling in ["server", "x-powered-by", "via"] {
        assert!(!answer.headers.contains_key(telling), "{telling}");
    }
    assert!(answer.header("x-request-id").starts_with("req_"), "{answer}");
}

#[tokio::test]
async fn every_answer_is_guarded() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for (person, path) in [
        (&ada, "/auth/sessions".to_owned()),
        (&ada, format!("/organizations/{organization}")),
        (&ada, "/organizations/nonsense".to_owned()),
        (&ada, "/nowhere".to_owned()),
        (&app.nobody(), "/auth/sessions".to_owned()),
        (&app.nobody(), "/healthz".to_owned()),
        (&app.nobody(), "/openapi.json".to_owned()),
        (&app.nobody(), "/.well-known/jwks.json".to_owned()),
        (&app.nobody(), "/accept-invite?token=x".to_owned()),
        (&app.nobody(), "/docs".to_owned()),
        (&app.nobody(), "/".to_owned()),
    ] {
        let answer = person.get(&path).await;
        expect_guarded(&answer);
        let is_private = path.starts_with("/auth") || path.starts_with("/organizations");
        if is_private || answer.status >= 400 {
            let caching = answer.header("cache-control");
            assert!(
                caching.contains("no-store") || caching.starts_with("private"),
                "{path}: {caching}"
            );
        }
    }
    let body = json!({ "email": ada.email, "password": ada.password });
    let signed_in = ada.without_token().post("/auth/login", body).await.expect(200);
    expect_guarded(&signed_in);
    assert_eq!(signed_in.header("cache-control"), "no-store");
}

#[tokio::test]
async fn over_https_browsers_are_told_to_stay() {
    let secure = Setup::default().set("public_url", "https://app.example.com");
    let app = TestApp::with(secure).await;
    let answer = app
        .nobody()
        .ask(Method::GET, "/")
        .header("host", "app.example.com")
        .send()
        .await;
    assert!(
        answer
            .header("strict-transport-security")
            .starts_with("max-age=31536000"),
        "{answer}"
    );
    let plain = TestApp::start().await;
    assert_eq!(
        plain.nobody().get("/").await.header("strict-transport-security"),
        ""
    );
}

#[tokio::test]
async fn other_origins_read_nothing_unless_they_may() {
    let ours = "https://www.example.com";
    let app = TestApp::with(Setup::default().set("cors_origins", ours)).await;
    let ada = app.person("ada").await;
    let preflight = |origin: &str| {
        let ask = app
            .nobody()
            .ask(Method::OPTIONS, "/organizations")
            .header("origin", origin);
        let ask = ask.header("access-control-request-method", "POST");
        ask.header("access-control-request-headers", "authorization, content-type")
            .send()
    };
    let allowed = preflight(ours).await.expect(204);
    assert_eq!(allowed.header("access-control-allow-origin"), ours);
    assert!(
        allowed
            .header("access-control-allow-headers")
            .contains("authorization")
    );
    assert_eq!(allowed.header("access-control-allow-credentials"), "");
    assert!(allowed.header("vary").to_lowercase().contains("origin"));
    let read = ada
        .ask(Method::GET, "/organizations")
        .header("origin", ours)
        .send()
        .await;
    assert_eq!(read.header("access-control-allow-origin"), ours);
    assert!(
        read.header("access-control-expose-headers")
            .contains("x-request-id")
    );
    for stranger in [
        "https://evil.example",
        "https://www.example.com.evil.example",
        "https://evilwww.example.com",
        "http://www.example.com",
        "https://www.example.com:8443",
        "https://www.example.com/",
        "HTTPS://WWW.EXAMPLE.COM",
        "null",
        "*",
    ] {
        let denied = preflight(stranger).await;
        assert!(
            !denied.headers.contains_key("access-control-allow-origin"),
            "{stranger}: {denied}"
        );
        let read = ada
            .ask(Method::GET, "/organizations")
            .header("origin", stranger)
            .send()
            .await;
        assert!(
            !read.headers.contains_key("access-control-allow-origin"),
            "{stranger}"
        );
        assert!(read.header("vary").to_lowercase().contains("origin"));
    }
    let closed = TestApp::start().await;
    let read = closed
        .nobody()
        .ask(Method::GET, "/healthz")
        .header("origin", ours)
        .send()
        .await;
    assert!(!read.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let app = TestApp::with(Setup::default().set("allowed_hosts", "www.example.com")).await;
    let port = app.address().port();
    for (host, status) in [
        ("localhost".to_owned(), 401),
        (format!("localhost:{port}"), 401),
        (format!("127.0.0.1:{port}"), 401),
        ("www.example.com".to_owned(), 401),
        ("WWW.EXAMPLE.COM.".to_owned(), 401),
        ("evil.example".to_owned(), 421),
        ("www.example.com.evil.example".to_owned(), 421),
        ("www.example.com@evil.example".to_owned(), 421),
        ("evil.example:80".to_owned(), 421),
        (String::new(), 421),
        ("a b".to_owned(), 421),
        ("localhost, evil.example".to_owned(), 421),
    ] {
        let raw = app
            .raw(format!(
                "GET /auth/sessions HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
            ))
            .await;
        assert!(
            raw.status() == status || (status == 421 && raw.status() == 400),
            "{host}: {raw:?}"
        );
    }
    for head in [
        "GET http://evil.example/auth/sessions HTTP/1.1\r\nhost: localhost\r\n\r\n",
        "GET http://localhost/auth/sessions HTTP/1.1\r\nhost: evil.example\r\n\r\n",
        "GET /auth/sessions HTTP/1.1\r\nhost: localhost\r\nhost: evil.example\r\n\r\n",
        "GET /auth/sessions HTTP/1.1\r\n\r\n",
        "GET /auth/sessions HTTP/1.0\r\n\r\n",
    ] {
        let raw = app.raw(head).await;
        assert!(matches!(raw.status(), 400 | 421), "{head}: {raw:?}");
    }
}

/// RST-06: whatever a request says about its host, mails lead to where we are.
#[tokio::test]
async fn links_lead_to_the_public_url_whatever_a_request_says() {
    let app = TestApp::start().await;
    for (number, name) in ["x-forwarded-host", "forwarded", "x-host", "x-original-host"]
        .into_iter()
        .enumerate()
    {
        let ada = app.named(&format!("ada{number}"));
        let value = if name == "forwarded" {
            "host=evil.example;proto=https"
        } else {
            "evil.example"
        };
        let ask = ada
            .ask(Method::POST, "/auth/signup")
            .header(name, value)
            .header("x-forwarded-proto", "gopher");
        ask.json(json!({ "email": ada.email, "password": ada.password }))
            .send()
            .await
            .expect(202);
        let mail = app.mail_to(&ada.email).await;
        app.path_of(&mail.link());
        assert!(
            !mail.text.contains("evil") && !mail.html.contains("evil"),
            "{mail:?}"
        );
    }
}

#[tokio::test]
async fn a_request_has_one_id_and_strangers_do_not_choose_it() {
    let app = TestApp::start().await;
    let mut seen = BTreeSet::new();
    for _ in 0..20 {
        let ask = app
            .nobody()
            .ask(Method::GET, "/auth/sessions")
            .header("x-request-id", "chosen-by-a-stranger");
        let answer = ask.send().await.expect(401);
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(answer.at("/request_id"), id);
        assert!(seen.insert(id));
    }
    let proxied = TestApp::with(Setup::default().set("trusted_proxies", "127.0.0.0/8")).await;
    let ask = |id: &str| {
        let ask = proxied
            .nobody()
            .ask(Method::GET, "/auth/sessions")
            .header("x-request-id", id);
        ask.send()
    };
    assert_eq!(
        ask("0123456789abcdef").await.header("x-request-id"),
        "0123456789abcdef"
    );
    for odd in [
        "short",
        "with space",
        "<script>",
        "a\u{e9}bcdefgh",
        &"x".repeat(65),
    ] {
        assert!(ask(odd).await.header("x-request-id").starts_with("req_"), "{odd}");
    }
}

#[tokio::test]
async fn what_is_known_is_not_sent_again() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let one = format!("/organizations/{organization}");
    for path in [
        one.as_str(),
        "/organizations",
        &format!("{one}/members"),
        "/.well-known/jwks.json",
    ] {
        let read = ada.get(path).await.expect(200);
        let tag = read.header("etag").to_owned();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
        for known in [
            tag.clone(),
            format!("W/{tag}"),
            format!("\"x\", {tag}"),
            "*".to_owned(),
        ] {
            let again = ada
                .ask(Method::GET, path)
                .header("if-none-match", &known)
                .send()
                .await
                .expect(304);
            assert_eq!((again.bytes.len(), again.header("etag")), (0, tag.as_str()));
        }
        let other = ada
            .ask(Method::GET, path)
            .header("if-none-match", "\"other\"")
            .send()
            .await
            .expect(200);
        assert_eq!(other.header("etag"), tag);
        let head = ada.ask(Method::HEAD, path).send().await.expect(200);
        assert_eq!((head.bytes.len(), head.header("etag")), (0, tag.as_str()));
    }
    let before = ada.get(&one).await.header("etag").to_owned();
    ada.put(&one, json!({ "name": "Another name", "slug": "another-name" }))
        .await
        .expect(200);
    ada.ask(Method::GET, &one)
        .header("if-none-match", &before)
        .send()
        .await
        .expect(200);
}

#[tokio::test]
async fn what_is_left_is_told() {
    let app = TestApp::with(Setup::default().set("requests_per_minute", "30")).await;
    let nobody = app.nobody();
    let first = nobody.get("/auth/sessions").await;
    assert_eq!(first.header("ratelimit-policy"), "\"default\";q=30;w=60");
    assert!(
        first.header("ratelimit").starts_with("\"default\";r=29;t="),
        "{}",
        first.header("ratelimit")
    );
    let mut limited = None;
    for _ in 0..40 {
        let answer = nobody.get("/auth/sessions").await;
        if answer.status == 429 {
            limited = Some(answer);
            break;
        }
    }
    let limited = limited
        .expect("a limit that limits")
        .expect_problem(429, "rate_limited");
    assert!(limited.header("retry-after").parse::<u64>().unwrap() >= 1);
    assert!(limited.header("ratelimit").contains("r=0"));
    nobody.get("/healthz").await.expect(200);
    nobody
        .at_address("127.0.0.2")
        .get("/auth/sessions")
        .await
        .expect(401);
    let forged = nobody
        .ask(Method::GET, "/auth/sessions")
        .header("x-forwarded-for", "192.0.2.1");
    forged.send().await.expect(429);
}

#[tokio::test]
async fn what_is_not_there_is_a_problem_or_a_page() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    nobody.get("/nowhere").await.expect_problem(404, "not_found");
    let wrong = nobody
        .delete("/auth/login")
        .await
        .expect_problem(405, "method_not_allowed");
    assert_eq!(wrong.header("allow"), "POST");
    let page = nobody
        .ask(Method::GET, "/nowhere")
        .header("accept", "text/html")
        .send()
        .await
        .expect(404);
    assert!(page.header("content-type").starts_with("text/html"), "{page}");
    assert!(page.text().contains(page.header("x-request-id")), "{page}");
    expect_guarded(&page);
}

#[tokio::test]
async fn the_description_is_that_of_what_is_served() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let served = nobody.get("/openapi.json").await.expect(200).json();
    assert!(served["openapi"].as_str().unwrap().starts_with("3.0."));
    let paths = served["paths"].as_object().unwrap();
    let described: BTreeSet<(String, String, String)> = paths
        .iter()
        .flat_map(|(path, operations)| {
            let operations = operations.as_object().unwrap().iter();
            operations.map(move |(method, operation)| {
                let id = operation["operationId"].as_str().unwrap().to_owned();
                (path.clone(), method.to_uppercase(), id)
            })
        })
        .collect();
    let operations = app.app().operations().into_iter();
    let known = operations.map(|operation| {
        (
            operation.path.to_owned(),
            operation.method.to_string(),
            operation.id,
        )
    });
    assert_eq!(described, known.collect());
    for (path, operations) in paths {
        for (method, operation) in operations.as_object().unwrap() {
            let says_who = operation.get("x-permission").is_some()
                != (operation.get("x-public") == Some(&Value::Bool(true)));
            assert!(says_who, "{method} {path} does not say who may");
        }
    }
    let yaml = nobody.get("/openapi.yaml").await.expect(200).text();
    assert!(
        described
            .iter()
            .all(|(_, _, id)| yaml.contains(&format!("operationId: \"{id}\"\n")))
    );
    let document = server::router::document(app.app().services(), "Mainstay");
    assert_eq!(document, served);
}

#[tokio::test]
async fn pages_load_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let nobody = app.nobody();
    let mut waiting = vec![
        "/docs".to_owned(),
        "/".to_owned(),
        "/dev/mailbox".to_owned(),
        "/accept-invite?token=x".to_owned(),
    ];
    let mut seen = BTreeSet::new();
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let answer = nobody
            .ask(Method::GET, &path)
            .header("accept", "text/html")
            .send()
            .await;
        assert!(answer.status < 500, "{answer}");
        for target in loaded(&answer.text()) {
            let is_elsewhere = target.starts_with("//") || target.contains("://");
            assert!(!is_elsewhere, "{path} loads {target}");
            if target.starts_with("data:") || target.starts_with('#') {
                continue;
            }
            let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
            let target = if target.starts_with('/') {
                target
            } else {
                format!("{folder}/{target}")
            };
            nobody.get(&target).await.expect(200);
            waiting.push(target);
        }
    }
    assert!(seen.iter().any(|path| path.starts_with("/assets/")), "{seen:?}");
}

/// What a browser fetches by itself on a page or in a style sheet.
fn loaded(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (before, after) in [
        ("src=\"", '"'),
        ("srcset=\"", '"'),
        ("action=\"", '"'),
        ("url(\"", '"'),
        ("url(", ')'),
        ("@import \"", '"'),
    ] {
        for part in text.split(before).skip(1) {
            let target = part.split(after).next().unwrap_or_default();
            found.push(target.trim_matches(['"', '\'']).to_owned());
        }
    }
    for link in text.split("<link ").skip(1) {
        let link = link.split('>').next().unwrap_or_default();
        found.extend(
            link.split("href=\"")
                .nth(1)
                .and_then(|href| href.split('"').next())
                .map(str::to_owned),
        );
    }
    found.retain(|target| !target.is_empty());
    found
}
