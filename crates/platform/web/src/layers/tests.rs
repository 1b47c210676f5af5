use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::routing::{get, post};
use http::{HeaderMap, Method, StatusCode};
use tower::ServiceExt as _;

use super::*;
use crate::html::Frame;

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(problem["status"], self.status.as_u16());
        assert_eq!(problem["request_id"], self.header("x-request-id"));
        problem["code"].as_str().unwrap().to_owned()
    }
}

fn router(config: LayerConfig) -> Router {
    let routes = Router::new()
        .route("/greeting", get(async || "hello"))
        .route("/long", get(async || "x".repeat(4096)))
        .route("/panic", get(async || -> String { panic!("on purpose") }))
        .route("/never", get(async || std::future::pending::<String>().await))
        .route("/echo", post(async |body: String| body))
        .route("/language", get(async |frame: Frame| frame.locale.to_string()))
        .route(
            "/me",
            get(async |request: Request| {
                let ip = request.extensions().get::<ClientIp>().unwrap();
                format!("{} {}", ip.0, request.extensions().get::<RequestId>().unwrap().0)
            }),
        );
    Layers::new(config).apply(routes)
}

async fn send(router: &Router, request: http::Request<Body>) -> Answer {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
    }
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> http::Request<Body> {
    let peer: SocketAddr = "192.0.2.7:4711".parse().unwrap();
    let mut request = http::Request::builder()
        .method(method)
        .uri(path)
        .extension(ConnectInfo(peer));
    if headers.iter().all(|(name, _)| *name != "host") {
        request = request.header("host", "localhost:8080");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    request.body(Body::empty()).unwrap()
}

async fn ask(router: &Router, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(router, request(method, path, headers)).await
}

#[tokio::test]
async fn every_answer_has_its_headers() {
    let router = router(LayerConfig {
        is_https: true,
        ..LayerConfig::default()
    });
    for path in ["/greeting", "/absent", "/panic"] {
        let answer = ask(&router, "GET", path, &[]).await;
        assert_eq!(answer.header("cache-control"), "no-store");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert_eq!(answer.header("referrer-policy"), "no-referrer");
        assert_eq!(
            answer.header("content-security-policy"),
            "default-src 'none'; frame-ancestors 'none'"
        );
        assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
        assert_eq!(answer.header("ratelimit-policy"), "\"default\";q=600;w=60");
        assert!(
            answer.header("ratelimit").starts_with("\"default\";r=59"),
            "{path}"
        );
        assert!(answer.header("x-request-id").starts_with("req_"));
    }
}

#[tokio::test]
async fn what_has_no_route_is_a_problem() {
    let router = router(LayerConfig::default());
    let absent = ask(&router, "GET", "/absent", &[]).await;
    assert_eq!(
        (absent.status, absent.code().as_str()),
        (StatusCode::NOT_FOUND, "not_found")
    );
    for method in ["POST", "TRACE", "OPTIONS", "BREW"] {
        let refused = ask(&router, method, "/greeting", &[]).await;
        assert_eq!(refused.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(refused.code(), "method_not_allowed");
        assert_eq!(refused.header("allow"), "GET,HEAD");
    }
}

#[tokio::test]
async fn a_panic_is_a_problem_that_says_nothing() {
    let answer = ask(&router(LayerConfig::default()), "GET", "/panic", &[]).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::INTERNAL_SERVER_ERROR, "internal")
    );
    assert!(!answer.body.contains("on purpose"));
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_does_not_come_is_given_up() {
    let answer = ask(&router(LayerConfig::default()), "GET", "/never", &[]).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "deadline_exceeded")
    );
    assert_eq!(answer.header("retry-after"), "1");
}

#[tokio::test(start_paused = true)]
async fn one_request_too_many_is_turned_away_at_once() {
    let router = router(LayerConfig {
        max_in_flight: 1,
        ..LayerConfig::default()
    });
    let (first, second) = tokio::join!(
        ask(&router, "GET", "/never", &[]),
        ask(&router, "GET", "/greeting", &[])
    );
    assert_eq!(first.code(), "deadline_exceeded");
    assert_eq!(
        (second.status, second.code().as_str()),
        (StatusCode::SERVICE_UNAVAILABLE, "overloaded")
    );
    assert_eq!(second.header("retry-after"), "1");
    assert_eq!(ask(&router, "GET", "/greeting", &[]).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_our_own_names_are_answered() {
    let router = router(LayerConfig {
        hosts: vec!["app.example.com".into(), "::1".into()],
        ..LayerConfig::default()
    });
    for (host, is_ours) in [
        ("app.example.com", true),
        ("APP.example.com.:8443", true),
        ("[::1]:8080", true),
        ("evil.example.com", false),
        ("app.example.com.evil.example", false),
        ("me@app.example.com", false),
        ("", false),
    ] {
        let answer = ask(&router, "GET", "/greeting", &[("host", host)]).await;
        let expected = if is_ours {
            StatusCode::OK
        } else {
            StatusCode::MISDIRECTED_REQUEST
        };
        assert_eq!(answer.status, expected, "{host}");
    }
    let twice = [("host", "app.example.com"), ("host", "app.example.com")];
    assert_eq!(
        ask(&router, "GET", "/greeting", &twice).await.code(),
        "misdirected_request"
    );
    let differing = ask(
        &router,
        "GET",
        "http://evil.example.com/greeting",
        &[("host", "app.example.com")],
    );
    assert_eq!(differing.await.status, StatusCode::MISDIRECTED_REQUEST);
}

#[tokio::test]
async fn large_bodies_are_refused() {
    let router = router(LayerConfig {
        max_body: 8,
        ..LayerConfig::default()
    });
    let mut fits = request("POST", "/echo", &[]);
    *fits.body_mut() = "12345678".into();
    assert_eq!(send(&router, fits).await.body, "12345678");
    let announced = ask(&router, "POST", "/echo", &[("content-length", "9")]).await;
    assert_eq!(
        (announced.status, announced.code().as_str()),
        (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")
    );
    let mut unannounced = request("POST", "/echo", &[]);
    *unannounced.body_mut() = Body::from_stream(futures_util::stream::iter(
        ["12345", "6789"].map(Ok::<_, std::io::Error>),
    ));
    assert_eq!(
        send(&router, unannounced).await.status,
        StatusCode::PAYLOAD_TOO_LARGE
    );
}

#[tokio::test(start_paused = true)]
async fn crawling_bodies_are_cut_off() {
    let router = router(LayerConfig::default());
    let drops = futures_util::stream::unfold((), async |()| {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, std::io::Error>("a"), ()))
    });
    let mut crawling = request("POST", "/echo", &[]);
    *crawling.body_mut() = Body::from_stream(drops);
    let started = tokio::time::Instant::now();
    let answer = send(&router, crawling).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (StatusCode::REQUEST_TIMEOUT, "request_timeout")
    );
    assert!(started.elapsed() < Duration::from_secs(12));
}

#[tokio::test]
async fn too_many_requests_from_one_address_wait() {
    let router = router(LayerConfig {
        requests_per_minute: NonZeroU32::new(2).unwrap(),
        ..LayerConfig::default()
    });
    assert_eq!(
        ask(&router, "GET", "/greeting", &[]).await.header("ratelimit"),
        "\"default\";r=1;t=30"
    );
    assert_eq!(
        ask(&router, "GET", "/greeting", &[]).await.header("ratelimit"),
        "\"default\";r=0;t=60"
    );
    let third = ask(&router, "GET", "/greeting", &[]).await;
    assert_eq!(
        (third.status, third.code().as_str()),
        (StatusCode::TOO_MANY_REQUESTS, "rate_limited")
    );
    assert_eq!(third.header("retry-after"), "30");
    assert_eq!(third.header("ratelimit"), "\"default\";r=0;t=60");
    let mut other = request("GET", "/greeting", &[]);
    let peer: SocketAddr = "192.0.2.8:1".parse().unwrap();
    other.extensions_mut().insert(ConnectInfo(peer));
    assert_eq!(send(&router, other).await.status, StatusCode::OK);
}

#[tokio::test]
async fn only_trusted_proxies_speak_for_others() {
    let forwarded = [
        ("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.1:443"),
        ("x-request-id", "upstream-0001"),
    ];
    let believed = router(LayerConfig {
        trusted_proxies: vec!["192.0.2.7".parse().unwrap(), "10.0.0.0/8".parse().unwrap()],
        ..LayerConfig::default()
    });
    assert_eq!(
        ask(&believed, "GET", "/me", &forwarded).await.body,
        "203.0.113.9 upstream-0001"
    );
    let bad_id = [("x-request-id", "a b\"c~~~~~~~"), ("x-forwarded-for", "nonsense")];
    let answer = ask(&believed, "GET", "/me", &bad_id).await;
    assert!(answer.body.starts_with("192.0.2.7 req_"), "{}", answer.body);
    let strangers = ask(&router(LayerConfig::default()), "GET", "/me", &forwarded).await;
    assert!(strangers.body.starts_with("192.0.2.7 req_"), "{}", strangers.body);
}

#[tokio::test]
async fn other_origins_read_nothing_unless_they_may() {
    let preflight = [
        ("origin", "https://shop.example.com"),
        ("access-control-request-method", "PUT"),
    ];
    let closed = ask(
        &router(LayerConfig::default()),
        "OPTIONS",
        "/greeting",
        &preflight,
    )
    .await;
    assert_eq!(closed.status, StatusCode::METHOD_NOT_ALLOWED);
    let open = router(LayerConfig {
        allowed_origins: vec![HeaderValue::from_static("https://shop.example.com")],
        ..LayerConfig::default()
    });
    let answer = ask(&open, "OPTIONS", "/greeting", &preflight).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(
        answer.header("access-control-allow-origin"),
        "https://shop.example.com"
    );
    let other = ask(
        &open,
        "GET",
        "/greeting",
        &[("origin", "https://evil.example.com")],
    )
    .await;
    assert_eq!(other.header("access-control-allow-origin"), "");
    assert_eq!(other.header("vary"), "origin");
    assert_eq!(
        ask(&open, Method::OPTIONS.as_str(), "/greeting", &[])
            .await
            .status,
        StatusCode::METHOD_NOT_ALLOWED
    );
}

#[tokio::test]
async fn people_get_pages_and_programs_get_problems() {
    let router = router(LayerConfig::default());
    let browser = [
        ("accept", "text/html,application/xhtml+xml,*/*;q=0.8"),
        ("accept-language", "de"),
    ];
    let page = ask(&router, "GET", "/absent", &browser).await;
    assert_eq!(page.status, StatusCode::NOT_FOUND);
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
    assert!(
        page.header("content-security-policy")
            .contains("style-src 'self'")
    );
    assert!(page.body.contains("Hier ist nichts") && page.body.contains(page.header("x-request-id")));
    assert!(!page.body.contains("style=") && !page.body.contains("onclick"));
    assert_eq!(
        ask(&router, "GET", "/absent", &[("accept", "*/*")]).await.code(),
        "not_found"
    );
    assert_eq!(ask(&router, "GET", "/language", &browser).await.body, "de");
}

#[tokio::test]
async fn long_answers_are_packed() {
    let answer = ask(
        &router(LayerConfig::default()),
        "GET",
        "/long",
        &[("accept-encoding", "gzip")],
    )
    .await;
    assert_eq!(answer.header("content-encoding"), "gzip");
    assert!(answer.body.len() < 1000);
}

#[tokio::test]
async fn what_says_it_is_packed_is_packed() {
    let router = router(LayerConfig::default());
    let problem = ask(&router, "GET", "/absent", &[("accept-encoding", "gzip")]).await;
    let is_packed = problem.header("content-encoding") == "gzip";
    assert_ne!(is_packed, problem.body.starts_with('{'));
}

#[tokio::test]
async fn files_are_kept_for_good_under_the_name_of_their_content() {
    let router = Layers::new(LayerConfig::default()).apply(crate::html::assets::router());
    let address = crate::html::assets::address("tokens.css");
    let sheet = ask(&router, "GET", &address, &[]).await;
    assert_eq!(
        sheet.header("cache-control"),
        "public, max-age=31536000, immutable"
    );
    assert_eq!(sheet.header("content-type"), "text/css; charset=utf-8");
    let font = crate::html::assets::address("geist-latin-wght-normal.woff2");
    assert!(sheet.body.contains(font.trim_start_matches("/assets/")));
    let plain = ask(
        &router,
        "GET",
        "/assets/tokens.css",
        &[("if-none-match", sheet.header("etag"))],
    )
    .await;
    assert_eq!(plain.status, StatusCode::NOT_MODIFIED);
    assert_eq!(plain.header("cache-control"), "public, no-cache");
    assert_eq!(
        ask(&router, "GET", "/assets/..%2fCargo.toml", &[]).await.status,
        StatusCode::NOT_FOUND
    );
}
