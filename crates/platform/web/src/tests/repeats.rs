use axum::Router;
use axum::body::Body;

use super::sample::{Answer, app, projects_of, request, send, user};

async fn sign_up(app: &Router, token: &str, key: &[u8]) -> Answer {
    let request = request("POST", "/sign-up", token).header("content-type", "application/json");
    let request = request.header("idempotency-key", key);
    send(app, request.body(Body::from(r#"{"name": "ab"}"#)).unwrap()).await
}

#[tokio::test]
async fn a_key_is_bound_to_who_asks_for_what() {
    let answer = sign_up(&app(), "", b"\"k-1\"").await;
    assert_eq!(answer.json()["text"], "anonymous POST /sign-up k-1");
    assert_eq!(answer.header("idempotency-replayed"), None);
}

#[tokio::test]
async fn a_key_that_is_none_is_malformed() {
    for key in [&b""[..], b"\"\"", b"a\xff", "k".repeat(256).as_bytes()] {
        let answer = sign_up(&app(), "", key).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "malformed_idempotency_key")
        );
    }
    let request = request("POST", "/sign-up", "").header("content-type", "application/json");
    let request = request
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    let answer = send(&app(), request.body(Body::from(r#"{"name": "ab"}"#)).unwrap()).await;
    assert_eq!(answer.status, 400);
}

#[tokio::test]
async fn an_answer_given_before_says_so() {
    let app = app();
    let create = || {
        let request = request("POST", &projects_of(1), "owner").header("content-type", "application/json");
        let request = request.header("idempotency-key", "once");
        send(&app, request.body(Body::from(r#"{"name": "ab"}"#)).unwrap())
    };
    assert_eq!(create().await.header("idempotency-replayed"), None);
    let again = create().await;
    assert_eq!(
        (again.status, again.header("idempotency-replayed")),
        (201, Some("true"))
    );
}

#[tokio::test]
async fn who_has_the_present_answer_is_spared_the_body() {
    let app = app();
    let read = |path: &str, method: &str, known: Option<&str>| {
        let mut request = request(method, path, "owner");
        if let Some(known) = known {
            request = request.header("if-none-match", known);
        }
        let request = request.body(Body::empty()).unwrap();
        let app = app.clone();
        async move { send(&app, request).await }
    };
    let one = format!("{}/1", projects_of(1));
    assert_eq!(read(&one, "GET", None).await.header("etag"), Some("\"v7\""));
    let list = read(&projects_of(1), "GET", None).await;
    let tag = list.header("etag").unwrap();
    for (path, known, status) in [
        (&one, "\"v7\"", 304),
        (&one, "W/\"v7\"", 304),
        (&one, "\"v1\", \"v7\"", 304),
        (&one, "*", 304),
        (&one, "\"v8\"", 200),
        (&projects_of(1), tag, 304),
        (&projects_of(1), "\"v7\"", 200),
    ] {
        let answer = read(path, "GET", Some(known)).await;
        assert_eq!(
            (answer.status, answer.text.is_empty()),
            (status, status == 304),
            "{known}"
        );
        assert!(answer.header("etag").is_some());
    }
    let head = read(&projects_of(1), "HEAD", None).await;
    assert_eq!((head.status, head.header("etag")), (200, Some(tag)));
    assert!(head.text.is_empty());
}

#[tokio::test]
async fn a_lost_update_is_refused() {
    let one = format!("{}/1", projects_of(1));
    for (tag, status) in [
        ("\"v7\"", 200),
        ("*", 200),
        ("\"v6\"", 412),
        ("W/\"v7\"", 412),
        ("\"x\"", 412),
    ] {
        let request = request("PUT", &one, "owner").header("content-type", "application/json");
        let request = request.header("if-match", tag);
        let answer = send(&app(), request.body(Body::from(r#"{"name": "ab"}"#)).unwrap()).await;
        assert_eq!(answer.status, status, "{tag}");
        if status == 200 {
            assert_eq!(answer.header("etag"), Some("\"v8\""));
        }
    }
}

#[tokio::test]
async fn a_key_counts_for_its_owner_alone() {
    let app = app();
    let request = |token: &str| {
        let request = request("POST", "/notes", token).header("idempotency-key", "k");
        let request = request
            .header("user-agent", "x".repeat(300))
            .body(Body::empty())
            .unwrap();
        send(&app, request)
    };
    let answer = request("owner").await;
    assert_eq!(answer.json()["text"], format!("{} POST /notes k 256", user(1)));
    assert_eq!(
        request("reader").await.json()["text"],
        format!("{} POST /notes k 256", user(2))
    );
}
