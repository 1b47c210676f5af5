use axum::body::Body;
use axum::extract::DefaultBodyLimit;

use super::sample::{Answer, app, get, organization, post, projects_of, request, send, user};

async fn create(body: impl Into<Body>) -> Answer {
    post(&projects_of(1), "owner", body).await
}

fn fault(pointer: &str, code: &str) -> (String, String) {
    (pointer.to_owned(), code.to_owned())
}

#[tokio::test]
async fn a_new_thing_says_where_it_is() {
    let answer = create(r#"{"name": "ab", "labels": ["x"], "place": {"city": "Kyiv"}}"#).await;
    assert_eq!(answer.status, 201);
    assert_eq!(
        answer.header("location"),
        Some(format!("{}/1", projects_of(1)).as_str())
    );
    assert_eq!(answer.json()["name"], "ab");
}

#[tokio::test]
async fn what_is_no_json_is_malformed() {
    for body in [
        "{",
        "{}x",
        "{'a': 1}",
        "{\"name\": }",
        "[1,]",
        "nul",
        "\u{feff}{}",
        "{\"name\": \"\\ud800\"}",
        "{\"name\": \"\\udc00x\"}",
        "{\"name\": \"a\nb\"}",
        "{\"name\": NaN}",
        "{\"weight\": 1e999}",
        "{\"name\": 01}",
    ] {
        let answer = create(body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "malformed_json"),
            "{body}"
        );
    }
    let answer = create(&b"{\"name\": \"\xff\"}"[..]).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_json"));
    let deep = format!("{{\"name\": {}{}}}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(create(deep).await.code(), "malformed_json");
    assert_eq!(create("").await.code(), "body_required");
}

#[tokio::test]
async fn a_name_given_twice_is_malformed() {
    let answer = create(r#"{"name": "ab", "place": {"city": "a", "city": "b"}}"#).await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "duplicate_field"));
    assert_eq!(answer.faults(), [fault("/place/city", "duplicate_field")]);
    let answer = create(r#"{"name": "ab", "n\u0061me": "cd"}"#).await;
    assert_eq!(answer.faults(), [fault("/name", "duplicate_field")]);
}

#[tokio::test]
async fn nul_is_refused_wherever_it_stands() {
    let answer =
        create(r#"{"name": "a\u0000b", "labels": ["x", "\u0000"], "other": {"a/b~c\u0000": 1}}"#).await;
    assert_eq!(answer.status, 422);
    assert_eq!(
        answer.faults(),
        [
            fault("/name", "nul_character"),
            fault("/labels/1", "nul_character"),
            fault("/other/a~1b~0c\0", "nul_character"),
        ]
    );
}

#[tokio::test]
async fn another_shape_names_the_field() {
    for (body, pointer, code) in [
        (r#"{"name": "ab", "admin": true}"#, "/admin", "unknown_field"),
        (
            r#"{"name": "ab", "place": {"city": "a", "x": 1}}"#,
            "/place/x",
            "unknown_field",
        ),
        (r#"{"weight": 1}"#, "/name", "required"),
        (r#"{"name": "ab", "place": {}}"#, "/place/city", "required"),
        (r#"{"name": 5}"#, "/name", "wrong_type"),
        (r#"{"name": null}"#, "/name", "wrong_type"),
        (r#"{"name": "ab", "weight": "1"}"#, "/weight", "wrong_type"),
        (r#"{"name": "ab", "weight": 1.5}"#, "/weight", "wrong_type"),
        (r#"{"name": "ab", "weight": -1}"#, "/weight", "invalid_value"),
        (r#"{"name": "ab", "labels": [1]}"#, "/labels/0", "wrong_type"),
        (r#"{"name": "ab", "labels": "x"}"#, "/labels", "wrong_type"),
        (
            r#"{"name": "ab", "owner": "org_00000000000000000000000001"}"#,
            "/owner",
            "invalid_value",
        ),
        ("[]", "", "wrong_type"),
        (r#"["ab", 1, null, [], null]"#, "", "wrong_type"),
        (r#""name""#, "", "wrong_type"),
        ("null", "", "wrong_type"),
    ] {
        let answer = create(body).await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (422, "validation_failed"),
            "{body}"
        );
        assert_eq!(answer.faults(), [fault(pointer, code)], "{body}");
    }
}

#[tokio::test]
async fn secrets_are_not_repeated_and_types_of_ours_not_named() {
    let answer = create(r#"{"name": 123456789}"#).await;
    assert!(!answer.text.contains("123456789"), "{}", answer.text);
    let answer = create(r#""secret""#).await;
    assert!(
        !answer.text.contains("secret") && !answer.text.contains("CreateProject"),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn every_broken_rule_is_named_at_once() {
    let answer = create(r#"{"name": "é", "weight": 10, "labels": ["a", ""]}"#).await;
    assert_eq!(answer.status, 422);
    let mut faults = answer.faults();
    faults.sort();
    assert_eq!(
        faults,
        [
            fault("/labels/1", "too_short"),
            fault("/name", "too_short"),
            fault("/weight", "too_large")
        ]
    );
}

#[tokio::test]
async fn the_media_type_has_to_be_json() {
    for (kind, status) in [
        ("application/json", 201),
        ("Application/JSON; charset=UTF-8", 201),
        ("application/merge-patch+json", 201),
        ("application/json; charset=utf-16", 415),
        ("text/plain", 415),
        ("application/x-www-form-urlencoded", 415),
        ("application/jsonx", 415),
        ("", 415),
    ] {
        let request = request("POST", &projects_of(1), "owner").header("content-type", kind);
        let answer = send(&app(), request.body(Body::from(r#"{"name": "ab"}"#)).unwrap()).await;
        assert_eq!(answer.status, status, "{kind}");
    }
    let request = request("POST", &projects_of(1), "owner").body(Body::from(r#"{"name": "ab"}"#));
    let answer = send(&app(), request.unwrap()).await;
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (415, "unsupported_media_type")
    );
}

#[tokio::test]
async fn too_much_body_is_refused() {
    let app = app().layer(DefaultBodyLimit::max(100));
    for key in [None, Some("key")] {
        let mut request =
            request("POST", &projects_of(1), "owner").header("content-type", "application/json");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        let answer = send(&app, request.body(Body::from("x".repeat(101))).unwrap()).await;
        assert_eq!((answer.status, answer.code().as_str()), (413, "body_too_large"));
    }
}

#[tokio::test]
async fn an_id_in_the_path_is_told_from_another_kind_and_from_none() {
    for (path, code) in [
        (format!("/organizations/{}/projects", user(1)), "wrong_id_type"),
        ("/organizations/1/projects".to_owned(), "malformed_id"),
        ("/organizations/%00/projects".to_owned(), "malformed_path"),
        ("/organizations/%ff/projects".to_owned(), "malformed_path"),
        (format!("{}/x", projects_of(1)), "malformed_path"),
        (format!("{}/-1", projects_of(1)), "malformed_path"),
    ] {
        let answer = get(&path, "owner").await;
        assert_eq!((answer.status, answer.code()), (400, code.to_owned()), "{path}");
    }
    for (member, code) in [
        (organization(1).to_string(), "wrong_id_type"),
        ("x".to_owned(), "malformed_id"),
    ] {
        let path = format!("/organizations/{}/members/{member}", organization(1));
        let answer = send(
            &app(),
            request("DELETE", &path, "owner").body(Body::empty()).unwrap(),
        )
        .await;
        assert_eq!((answer.status, answer.code()), (400, code.to_owned()));
        assert_eq!(answer.faults(), [fault("memberId", code)]);
    }
}

#[tokio::test]
async fn the_query_is_a_closed_list() {
    for (query, name, code) in [
        ("stage=open", "stage", "unknown_value"),
        ("stage=", "stage", "unknown_value"),
        ("weight=6", "weight", "too_large"),
        ("weight=x", "weight", "invalid_value"),
        ("q=", "q", "too_short"),
        ("q=a%00b", "q", "nul_character"),
        ("q=a&q=b", "q", "duplicate_field"),
        ("color=red", "color", "unknown_field"),
        ("offset=1", "offset", "unknown_field"),
        ("limit=0", "limit", "out_of_range"),
        ("limit=201", "limit", "out_of_range"),
        ("limit=-1", "limit", "out_of_range"),
        ("limit=%2B1", "limit", "out_of_range"),
        ("limit=x", "limit", "out_of_range"),
        ("limit=99999999999", "limit", "out_of_range"),
    ] {
        let answer = get(&format!("{}?{query}", projects_of(1)), "owner").await;
        assert_eq!(answer.status, 422, "{query} {}", answer.text);
        assert_eq!(answer.faults(), [fault(name, code)], "{query}");
    }
    let answer = get(&format!("{}?q=%ff", projects_of(1)), "owner").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_query"));
    let answer = get(&format!("{}?q=%EF%BF%BD", projects_of(1)), "owner").await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn a_list_goes_on_where_it_stopped() {
    let mut path = format!("{}?limit=2&q=a%20b", projects_of(1));
    let mut counts = Vec::new();
    loop {
        let answer = get(&path, "owner").await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let page = answer.json();
        counts.push(page["data"].as_array().unwrap().len());
        let Some(cursor) = page["next_cursor"].as_str() else {
            assert_eq!(answer.header("link"), None);
            break;
        };
        let link = answer.header("link").unwrap();
        assert!(
            link.contains(cursor) && link.ends_with("; rel=\"next\""),
            "{link}"
        );
        link[1..].split_once('>').unwrap().0.clone_into(&mut path);
    }
    assert_eq!(counts, [2, 2, 1]);
}

#[tokio::test]
async fn a_cursor_belongs_to_its_list() {
    let page = get(&format!("{}?limit=2", projects_of(1)), "owner").await.json();
    let cursor = page["next_cursor"].as_str().unwrap();
    let answer = get(&format!("{}?q=x&cursor={cursor}", projects_of(1)), "owner").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "cursor_mismatch"));
    let answer = get(&format!("{}?cursor=x{cursor}", projects_of(1)), "owner").await;
    assert_eq!((answer.status, answer.code().as_str()), (400, "malformed_cursor"));
    let answer = get(&format!("{}?limit=1&cursor={cursor}", projects_of(1)), "owner").await;
    assert_eq!(answer.status, 200);
}
