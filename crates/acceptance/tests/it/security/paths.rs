//! Requests that are odd before their body begins: methods, paths, parameters, headers, framing.

use std::time::{Duration, Instant};

use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::json;

use super::input::{World, expect_problem};

const ODD_VALUES: [&str; 22] = [
    "%00",
    "%ff",
    "%",
    "%zz",
    "..",
    "%2e%2e",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "..%5c..%5cwindows",
    "%2f",
    "null",
    "undefined",
    "0",
    "-1",
    "1%27%20OR%20%271%27=%271",
    "%27;DROP%20TABLE%20users;--",
    "$%7Bjndi:ldap:%2F%2Fx%7D",
    "%7B%7B7*7%7D%7D",
    "%F0%9F%92%A9",
    "%E2%80%AE",
    "org_",
    "org_01H455VB4PEX5VSKNK084SN02Q0",
    "ses_01h455vb4pex5vsknk084sn0zz",
];

#[tokio::test]
async fn ids_that_are_none_lead_nowhere() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let before = world.state().await;
    let long = "a".repeat(5000);
    let mut tried = 0;
    for operation in app.app().operations() {
        if !operation.path.contains('{') {
            continue;
        }
        let path = world.path(&operation);
        for odd in ODD_VALUES.into_iter().chain([long.as_str()]) {
            for (place, segment) in operation.path.split('/').enumerate() {
                if !segment.starts_with('{') || matches!(segment, "{namespace}" | "{key}" | "{provider}") {
                    continue;
                }
                let mut segments: Vec<&str> = path.split('/').collect();
                segments[place] = odd;
                let path = segments.join("/");
                let token = world.root.access_token.as_ref().unwrap();
                let head = format!(
                    "{} {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\
                     content-length: 0\r\nconnection: close\r\n\r\n",
                    operation.method
                );
                let raw = app.raw(head).await;
                // `..` is a name like any other here: nobody resolves it.
                assert!(
                    matches!(raw.status(), 400 | 404 | 405 | 422),
                    "{} {path}: {raw:?}",
                    operation.method
                );
                tried += 1;
            }
        }
    }
    assert!(tried > 500, "{tried}");
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn parameters_that_are_none_are_refused() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let before = world.state().await;
    let long = format!("q={}", "a".repeat(8000));
    for operation in app.app().operations() {
        // A stream that begins does not end.
        if operation.method != Method::GET || operation.path.ends_with("/stream") {
            continue;
        }
        let path = world.path(&operation);
        for query in [
            "limit=0",
            "limit=-1",
            "limit=201",
            "limit=1e2",
            "limit=99999999999999999999",
            "limit=abc",
            "limit=",
            "limit=%00",
            "limit=1&limit=2",
            "cursor=",
            "cursor=nonsense",
            "cursor=%00",
            "cursor=%27--",
            "no_such_parameter=1",
            "limit[]=1",
            "q=%00",
            "q=%ff",
            "%ff=1",
            "%00=1",
            "=",
            "&&&",
            "?",
            "%",
            "_method=DELETE",
            &long,
        ] {
            let answer = world.root.get(&format!("{path}?{query}")).await;
            assert!(answer.status < 500, "{} {query}: {answer}", operation.id);
            if answer.status >= 400 {
                expect_problem(&answer);
            }
        }
        if before_is_list(&world, &path).await {
            for query in [
                "limit=0",
                "limit=201",
                "limit=abc",
                "no_such_parameter=1",
                "limit=1&limit=2",
            ] {
                let answer = world.root.get(&format!("{path}?{query}")).await;
                assert_eq!(answer.status, 422, "{query}: {answer}");
            }
        }
    }
    assert_eq!(world.state().await, before);
}

async fn before_is_list(world: &World, path: &str) -> bool {
    let answer = world.root.get(path).await;
    answer.status == 200 && answer.json().get("next_cursor").is_some()
}

#[tokio::test]
async fn unknown_methods_are_told_what_there_is() {
    let app = TestApp::start().await;
    let world = World::make(&app).await;
    let before = world.state().await;
    let known = app.app().operations();
    for operation in &known {
        let path = world.path(operation);
        for method in [
            "TRACE", "PROPFIND", "PURGE", "LINK", "PATCH", "OPTIONS", "get", "X-Y",
        ] {
            if known
                .iter()
                .any(|other| other.path == operation.path && other.method.as_str() == method)
            {
                continue;
            }
            let answer = world.root.ask(method.parse().unwrap(), &path).send().await;
            assert_eq!(answer.status, 405, "{answer}");
            expect_problem(&answer);
            let allowed: Vec<&str> = answer.header("allow").split(',').map(str::trim).collect();
            assert!(
                allowed.contains(&operation.method.as_str()),
                "{allowed:?}: {answer}"
            );
            assert!(!allowed.contains(&method), "{allowed:?}: {answer}");
        }
        for header in ["x-http-method-override", "x-method-override", "x-http-method"] {
            let ask = world.root.ask("TRACE".parse().unwrap(), &path);
            ask.header(header, operation.method.as_str())
                .send()
                .await
                .expect(405);
        }
    }
    assert_eq!(world.state().await, before);
}

#[tokio::test]
async fn paths_are_taken_literally() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let token = ada.access_token.as_ref().unwrap();
    for path in [
        "//auth/sessions",
        "/auth//sessions",
        "/auth/sessions/",
        "/auth/./sessions",
        "/auth/x/../sessions",
        "/auth/%2e%2e/auth/sessions",
        "/AUTH/SESSIONS",
        "/auth%2fsessions",
        "/auth/sessions%00",
        "/auth/sessions%0d%0aset-cookie:x=y",
        "/auth/sessions;v=1",
        "/auth/sessions.json",
        "/auth\\sessions",
        "/../../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/assets/../../Cargo.toml",
        "/assets/%2e%2e%2fCargo.toml",
        "/.git/config",
        "/.env",
        "/*",
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
        );
        let raw = app.raw(head).await;
        assert!(matches!(raw.status(), 400 | 404 | 422), "{path}: {raw:?}");
        assert!(!raw.text.to_lowercase().contains("set-cookie"), "{raw:?}");
    }
}

#[tokio::test]
async fn absurd_heads_do_no_harm() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let path = "/auth/sessions";
    for (name, value) in [
        ("accept", "*/*;q=nonsense"),
        ("accept", "text/html;level=1,;;,"),
        ("accept-encoding", "br;q=x, zstd, gzip;q=0.000"),
        ("accept-language", "-,;q=9,\u{e9}"),
        ("content-length", "0"),
        ("content-encoding", "gzip, gzip, gzip"),
        ("cookie", "=; ;;; __Host-ms_session; __Host-ms_session=; a=b=c"),
        ("if-none-match", "W/\"x, \"\"\"\""),
        ("if-modified-since", "yesterday"),
        ("range", "bytes=0-0,-1,5-2"),
        ("expect", "nothing"),
        ("upgrade", "websocket"),
        ("x-forwarded-for", "127.0.0.1, ::1, not an address"),
        ("x-forwarded-host", "evil.example"),
        ("x-request-id", "x\u{7f}y"),
        ("user-agent", &"a".repeat(8000)),
        ("traceparent", "00-zz-zz-zz"),
        ("idempotency-key", "\"\u{e9}\""),
    ] {
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n{name}: {value}\r\nconnection: close\r\n\r\n",
            ada.access_token.as_ref().unwrap()
        );
        let raw = app.raw(head).await;
        assert!(
            matches!(raw.status(), 200 | 304 | 400 | 417 | 422),
            "{name}: {value}: {raw:?}"
        );
    }
    for key in [
        "",
        "\"",
        "\"\"",
        "a b",
        "\"a\"b\"",
        &"k".repeat(256),
        "\u{e9}",
        "a,b",
        "?1",
        "\"a\";p=1",
    ] {
        let ask = ada
            .ask(Method::POST, "/organizations")
            .header("idempotency-key", key);
        let answer = ask.json(json!({ "name": "" })).send().await;
        assert!(matches!(answer.status, 400 | 422), "{key}: {answer}");
        expect_problem(&answer);
    }
    for tag in [
        "",
        "v1",
        "\"v1",
        "\"nonsense\"",
        "W/\"v1\"",
        "\"v-1\"",
        "\"v99999999999999999999\"",
        "\"v1\" \"v2\"",
    ] {
        let made = ada
            .post("/organizations", json!({ "name": "Acme" }))
            .await
            .expect(201)
            .at("/id");
        let ask = ada
            .ask(Method::DELETE, &format!("/organizations/{made}"))
            .header("if-match", tag);
        let answer = ask.send().await;
        assert!(matches!(answer.status, 400 | 412 | 422), "{tag}: {answer}");
        expect_problem(&answer);
    }
    let many: String = (0..500).fold(String::new(), |head, number| head + &format!("x-{number}: y\r\n"));
    for head in [
        format!("GET / HTTP/1.1\r\nhost: localhost\r\n{many}\r\n"),
        format!(
            "GET / HTTP/1.1\r\nhost: localhost\r\nx: {}\r\n\r\n",
            "y".repeat(100_000)
        ),
        format!("GET /{} HTTP/1.1\r\nhost: localhost\r\n\r\n", "y".repeat(100_000)),
        "GET / HTTP/1.1\r\nhost: localhost\r\nx y: z\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nhost: localhost\r\nx : z\r\n\r\n".to_owned(),
        "GET / HTTP/1.1\r\nhost: localhost\r\nx: a\0b\r\n\r\n".to_owned(),
        "GET / HTTP/9.9\r\nhost: localhost\r\n\r\n".to_owned(),
        "GET  / HTTP/1.1\r\nhost: localhost\r\n\r\n".to_owned(),
        "\r\n\r\n\0\0\0\0".to_owned(),
        "nonsense\r\n\r\n".to_owned(),
        "\u{16}\u{3}\u{1}\u{2}\0\u{1}\0\u{1}\u{fc}\u{3}\u{3}".to_owned() + &"x".repeat(300) + "\r\n\r\n",
    ] {
        let raw = app.raw(&head).await;
        assert!(
            matches!(raw.status(), 400 | 414 | 431 | 0),
            "{:?}: {raw:?}",
            &head[..60.min(head.len())]
        );
        assert!(raw.is_closed, "{:?}: {raw:?}", &head[..60.min(head.len())]);
    }
    ada.get(path).await.expect(200);
}

#[tokio::test]
async fn two_readers_read_the_same_request() {
    let app = TestApp::start().await;
    let hidden = "GET /auth/sessions HTTP/1.1\r\nhost: localhost\r\n\r\n";
    let post = |framing: &str, body: &str| {
        format!(
            "POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n{framing}\r\n{body}"
        )
    };
    let length = hidden.len() + 5;
    for (what, request) in [
        (
            "CL then TE",
            post(
                &format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
                &format!("0\r\n\r\n{hidden}"),
            ),
        ),
        (
            "two lengths",
            post(
                "content-length: 2\r\ncontent-length: 60\r\n",
                &format!("{{}}{hidden}"),
            ),
        ),
        (
            "a list of lengths",
            post("content-length: 2, 60\r\n", &format!("{{}}{hidden}")),
        ),
        (
            "a signed length",
            post("content-length: +2\r\n", &format!("{{}}{hidden}")),
        ),
        (
            "a negative length",
            post("content-length: -2\r\n", &format!("{{}}{hidden}")),
        ),
        (
            "a hexadecimal length",
            post("content-length: 0x2\r\n", &format!("{{}}{hidden}")),
        ),
        (
            "chunked is not last",
            post(
                "transfer-encoding: chunked, identity\r\n",
                &format!("0\r\n\r\n{hidden}"),
            ),
        ),
        (
            "nearly chunked",
            post("transfer-encoding: xchunked\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunked by a tab",
            post(
                "transfer-encoding:\u{b}chunked\r\n",
                &format!("0\r\n\r\n{hidden}"),
            ),
        ),
        (
            "a space before the colon",
            post("transfer-encoding : chunked\r\n", &format!("0\r\n\r\n{hidden}")),
        ),
        (
            "chunked of HTTP/1.0",
            post("transfer-encoding: chunked\r\n", &format!("0\r\n\r\n{hidden}")).replacen("1.1", "1.0", 1),
        ),
    ] {
        let raw = app.raw(&request).await;
        let statuses = raw.statuses();
        assert!(statuses.len() <= 1 && raw.is_closed, "{what}: {raw:?}");
        assert!(
            statuses.iter().all(|status| (400..500).contains(status)),
            "{what}: {raw:?}"
        );
    }
}

#[tokio::test]
async fn whoever_crawls_is_cut_off() {
    let app = TestApp::start().await;
    let start = Instant::now();
    let head = "POST /auth/login HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{";
    let (half_a_head, half_a_body, silence) = tokio::join!(
        app.raw_slow("POST /auth/login HTTP/1.1\r\nhost: loc"),
        app.raw_slow(head),
        app.raw_slow("")
    );
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    assert_eq!(half_a_body.status(), 408, "{half_a_body:?}");
    assert!(half_a_body.text.contains("request_timeout"), "{half_a_body:?}");
    for raw in [half_a_head, half_a_body, silence] {
        assert!(raw.is_closed, "{raw:?}");
    }
}
