//! `/users/{userId}/data` and `/organizations/{orgId}/data`.

use mainstay_acceptance::{Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

async fn put_if(
    person: &Person,
    path: &str,
    header: (&str, &str),
    value: Value,
) -> mainstay_acceptance::Answer {
    let put = person.ask(Method::PUT, path).header(header.0, header.1);
    put.json(json!({ "value": value })).send().await
}

#[tokio::test]
async fn documents_of_people_and_organizations_are_made_replaced_and_deleted() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for (base, location) in [
        ("/users/me/data".to_owned(), format!("/users/{}/data", ada.id)),
        (
            format!("/organizations/{organization}/data"),
            format!("/organizations/{organization}/data"),
        ),
    ] {
        let path = format!("{base}/ui.state/side-bar_1");
        ada.get(&path).await.expect_problem(404, "not_found");
        put_if(&ada, &path, ("if-match", "*"), json!(1))
            .await
            .expect_problem(412, "version_mismatch");
        let value = json!({ "open": true, "width": 1.5, "items": [null, "ä\u{1f600}"] });
        let made = put_if(&ada, &path, ("if-none-match", "*"), value.clone())
            .await
            .expect(201);
        assert_eq!(made.header("location"), format!("{location}/ui.state/side-bar_1"));
        assert_eq!(made.json()["value"], value);
        assert_eq!(
            (made.at("/namespace"), made.at("/key")),
            ("ui.state".into(), "side-bar_1".into())
        );
        put_if(&ada, &path, ("if-none-match", "*"), json!(2))
            .await
            .expect_problem(412, "already_exists");
        let replaced = put_if(&ada, &path, ("if-match", made.header("etag")), Value::Null)
            .await
            .expect(200);
        put_if(&ada, &path, ("if-match", made.header("etag")), json!(3))
            .await
            .expect_problem(412, "version_mismatch");
        let read = ada.get(&path).await.expect(200);
        assert_eq!(
            (read.bytes.as_slice(), read.header("etag")),
            (replaced.bytes.as_slice(), replaced.header("etag"))
        );
        ada.put(&path, json!({ "value": [] })).await.expect(200);
        let stale = ada
            .ask(Method::DELETE, &path)
            .header("if-match", made.header("etag"));
        stale.send().await.expect_problem(412, "version_mismatch");
        ada.delete(&path).await.expect(204);
        ada.delete(&path).await.expect_problem(404, "not_found");
    }
}

#[tokio::test]
async fn lists_go_on_where_they_stopped() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for name in ["b/a", "a/b", "a/a", "c/a", "a/c"] {
        ada.put(&format!("/users/me/data/{name}"), json!({ "value": name }))
            .await
            .expect(201);
    }
    for (query, expected) in [
        ("", &["a/a", "a/b", "a/c", "b/a", "c/a"][..]),
        ("namespace=a&", &["a/a", "a/b", "a/c"]),
        ("namespace=z&", &[]),
    ] {
        let (mut found, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = ada
                .get(&format!("/users/me/data?{query}limit=2{cursor}"))
                .await
                .expect(200)
                .json();
            let values = page["data"].as_array().unwrap().iter();
            found.extend(values.map(|document| document["value"].as_str().unwrap().to_owned()));
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(found, expected);
    }
    ada.get("/users/me/data?namespace=A")
        .await
        .expect_field("namespace");
}

#[tokio::test]
async fn what_is_no_document_is_refused() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for name in ["Notes/a", "notes/A", "notes/a%2Fb", "notes/ä", "notes/a%00"] {
        ada.put(&format!("/users/me/data/{name}"), json!({ "value": 1 }))
            .await
            .expect(400);
    }
    let path = "/users/me/data/notes/a";
    ada.put(path, json!({})).await.expect_field("/value");
    ada.put(path, json!({ "value": 1, "version": 2 }))
        .await
        .expect_field("/version");
    ada.put(path, json!({ "value": "x".repeat(65_535) }))
        .await
        .expect_field("/value");
    ada.put(path, json!({ "value": "x".repeat(65_534) }))
        .await
        .expect(201);
    let nested = |depth| (0..depth).fold(json!(1), |inner, _| json!({ "a": inner }));
    ada.put(path, json!({ "value": nested(33) }))
        .await
        .expect_field("/value");
    ada.put(path, json!({ "value": nested(32) })).await.expect(200);
    ada.put(path, json!({ "value": "a\u{0}" }))
        .await
        .expect_field("/value");
    put_if(&ada, path, ("if-none-match", "\"v1\""), json!(1))
        .await
        .expect_problem(400, "malformed_if_none_match");
}

#[tokio::test]
async fn documents_stay_with_their_owners() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, _) = app.owner("eve").await;
    let viewer = app.member("vera", &ada, &organization, "viewer").await;
    let hers = format!("/users/{}/data", ada.id);
    let theirs = format!("/organizations/{organization}/data");
    for base in [&hers, &theirs] {
        let path = format!("{base}/notes/secret");
        ada.put(&path, json!({ "value": 42 })).await.expect(201);
        for path in [base, &path] {
            eve.get(path).await.expect_problem(404, "not_found");
        }
        eve.put(&path, json!({ "value": 0 }))
            .await
            .expect_problem(404, "not_found");
        eve.delete(&path).await.expect_problem(404, "not_found");
        app.nobody().get(&path).await.expect(401);
        assert_eq!(ada.get(&path).await.expect(200).at("/value"), "42");
    }
    let path = format!("{theirs}/notes/secret");
    viewer.get(&path).await.expect_problem(403, "forbidden");
    viewer
        .put(&path, json!({ "value": 0 }))
        .await
        .expect_problem(403, "forbidden");
    viewer.delete(&path).await.expect_problem(403, "forbidden");
    viewer.get(&hers).await.expect_problem(404, "not_found");
    let member = app.member("mia", &ada, &organization, "member").await;
    assert_eq!(member.get(&path).await.expect(200).at("/value"), "42");
    member.put(&path, json!({ "value": 43 })).await.expect(200);
    let support = app.staff("sue", "support").await;
    support.get(&format!("{hers}/notes/secret")).await.expect(200);
    support.get(&path).await.expect_problem(404, "not_found");
    support
        .put(&format!("{hers}/notes/secret"), json!({ "value": 0 }))
        .await
        .expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_document_that_many_make_is_made_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for round in 0..10 {
        let answers = app
            .at_once(8, |number| {
                let ada = ada.clone();
                async move {
                    let path = format!("/users/me/data/race/r{round}");
                    put_if(&ada, &path, ("if-none-match", "*"), json!(number))
                        .await
                        .status
                }
            })
            .await;
        assert_eq!(
            answers.iter().filter(|status| **status == 201).count(),
            1,
            "{answers:?}"
        );
        assert!(
            answers.iter().all(|status| matches!(status, 201 | 412)),
            "{answers:?}"
        );
    }
}
