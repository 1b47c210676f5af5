//! `/organizations` and `/organizations/{orgId}`.

use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::json;

#[tokio::test]
async fn is_made_read_changed_and_deleted() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let made = ada
        .post("/organizations", json!({ "name": "Ödegård & Söhne" }))
        .await
        .expect(201);
    let id = made.at("/id");
    assert_eq!(made.header("location"), format!("/organizations/{id}"));
    assert_eq!(made.at("/slug"), "odegard-and-sohne");
    let path = format!("/organizations/{id}");
    let read = ada.get(&path).await.expect(200);
    assert_eq!(read.json(), made.json());
    let tag = read.header("etag").to_owned();
    let unchanged = ada
        .ask(Method::GET, &path)
        .header("if-none-match", &tag)
        .send()
        .await;
    unchanged.expect(304);
    let body = json!({ "name": "Odegard", "slug": "odegard" });
    let put = |tag: &str| {
        ada.ask(Method::PUT, &path)
            .header("if-match", tag)
            .json(body.clone())
    };
    let changed = put(&tag).send().await.expect(200);
    assert_eq!(changed.at("/slug"), "odegard");
    assert_ne!(changed.header("etag"), tag);
    put(&tag).send().await.expect_problem(412, "version_mismatch");
    ada.delete(&path).await.expect(204);
    ada.get(&path).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn deleting_asks_for_a_recent_sign_in() {
    let app = TestApp::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    app.clock.advance(std::time::Duration::from_mins(11));
    let refreshed = ada
        .post("/auth/refresh", json!({ "refresh_token": ada.refresh_token }))
        .await
        .expect(200);
    ada.access_token = Some(refreshed.at("/access_token"));
    let refused = ada
        .delete(&format!("/organizations/{organization}"))
        .await
        .expect(401);
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.contains("insufficient_user_authentication") && challenge.contains("max_age=600"),
        "{challenge}"
    );
    ada.sign_in().await;
    ada.delete(&format!("/organizations/{organization}"))
        .await
        .expect(204);
}

#[tokio::test]
async fn a_repeated_request_makes_one_and_answers_the_same() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let ask = |key: &str, name: &str| {
        let body = json!({ "name": name });
        ada.ask(Method::POST, "/organizations")
            .header("idempotency-key", key)
            .json(body)
            .send()
    };
    let first = ask("\"k-1\"", "Acme").await.expect(201);
    let again = ask("k-1", "Acme").await.expect(201);
    assert_eq!(
        (first.bytes, first.headers["location"].clone()),
        (again.bytes.clone(), again.headers["location"].clone())
    );
    assert_eq!(again.header("idempotency-replayed"), "true");
    ask("k-1", "Other")
        .await
        .expect_problem(422, "idempotency_key_reused");
    ask(&"k".repeat(256), "Acme").await.expect(400);
    let refused = ada
        .ask(Method::POST, "/organizations")
        .header("idempotency-key", "k-2")
        .json(json!({ "name": "" }));
    refused.send().await.expect(422);
    ask("k-2", "Acme").await.expect(201);
    let list = ada.get("/organizations").await.expect(200).json();
    assert_eq!(list["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn a_taken_slug_is_a_conflict_that_names_the_field() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let body = json!({ "name": "Acme", "slug": "acme" });
    ada.post("/organizations", body.clone()).await.expect(201);
    let taken = ada
        .post("/organizations", body)
        .await
        .expect_problem(409, "organization_slug_taken");
    assert_eq!(taken.at("/errors/0/pointer"), "/slug");
    let next = ada
        .post("/organizations", json!({ "name": "Acme" }))
        .await
        .expect(201);
    assert_ne!(next.at("/slug"), "acme");
}

#[tokio::test]
async fn bad_bodies_name_the_field() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for (body, pointer) in [
        (json!({}), "/name"),
        (json!({ "name": "" }), "/name"),
        (json!({ "name": "a".repeat(201) }), "/name"),
        (json!({ "name": 3 }), "/name"),
        (json!({ "name": "A", "slug": "No Spaces" }), "/slug"),
        (json!({ "name": "A", "slug": "-a" }), "/slug"),
        (
            json!({ "name": "A", "id": "org_01h455vb4pex5vsknk084sn02q" }),
            "/id",
        ),
        (json!({ "name": "A\u{0}" }), "/name"),
    ] {
        ada.post("/organizations", body).await.expect_field(pointer);
    }
    ada.get("/organizations/usr_01h455vb4pex5vsknk084sn02q")
        .await
        .expect_problem(400, "wrong_id_type");
    ada.get("/organizations/acme")
        .await
        .expect_problem(400, "malformed_id");
    ada.get("/organizations?limit=0").await.expect(422);
    ada.get("/organizations?limit=201").await.expect(422);
    ada.get("/organizations?colour=red").await.expect(422);
}

#[tokio::test]
async fn lists_go_on_from_page_to_page() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    for number in 0..7 {
        ada.post("/organizations", json!({ "name": format!("Team {number}") }))
            .await
            .expect(201);
    }
    let (mut seen, mut path) = (Vec::new(), "/organizations?limit=3".to_owned());
    loop {
        let page = ada.get(&path).await.expect(200).json();
        seen.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["name"].as_str().unwrap().to_owned()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/organizations?limit=3&cursor={cursor}"),
            None => break,
        }
    }
    seen.sort();
    assert_eq!(
        seen,
        (0..7).map(|number| format!("Team {number}")).collect::<Vec<_>>()
    );
    let cursor = path.rsplit('=').next().unwrap();
    ada.get(&format!("/organizations?q=Team&cursor={cursor}"))
        .await
        .expect_problem(400, "cursor_mismatch");
    ada.get("/organizations?cursor=nonsense").await.expect(400);
}

#[tokio::test]
async fn settings_are_replaced_under_their_tag() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let path = format!("/organizations/{organization}/settings");
    let read = ada.get(&path).await.expect(200);
    let wanted = json!({ "locale": "de", "allowed_email_domains": ["example.com"] });
    let put = |body| {
        ada.ask(Method::PUT, &path)
            .header("if-match", read.header("etag"))
            .json(body)
    };
    // What others decide is shown there, and not set there.
    for field in ["seat_limit", "mfa_required_from"] {
        let mut body = wanted.clone();
        body[field] = read.json()[field].clone();
        put(body).send().await.expect_field(&format!("/{field}"));
    }
    let changed = put(wanted.clone()).send().await.expect(200);
    assert_eq!(changed.at("/locale"), "de");
    put(wanted).send().await.expect_problem(412, "version_mismatch");
}
