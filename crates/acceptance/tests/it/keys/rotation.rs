//! Another secret for a key: with an overlap, and never more than two at once.

use std::time::Duration;

use db::{DbError, Executor as _, ReadTx, args};
use mainstay_acceptance::TestApp;
use serde_json::json;

use super::key_of;

async fn secrets(app: &TestApp) -> i64 {
    let count = async |tx: &mut ReadTx| -> Result<i64, DbError> {
        tx.fetch_one("SELECT count(*) FROM api_key_secrets", args![])
            .await
    };
    app.app().db().read(count).await.unwrap()
}

#[tokio::test]
async fn the_secret_before_holds_for_the_overlap() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, old) = key_of(&ada, &organization, &["organization:read"]).await;
    let path = format!("/organizations/{organization}");
    let rotate = format!("{path}/api-keys/{id}/rotate");
    let rotated = ada
        .post(&rotate, json!({ "overlap_seconds": 300 }))
        .await
        .expect(200);
    let new = ada.with_token(&rotated.at("/token"));
    assert!(rotated.at("/token").starts_with(&rotated.at("/api_key/start")));
    old.get(&path).await.expect(200);
    new.get(&path).await.expect(200);
    let again = ada.post(&rotate, json!({})).await;
    again.expect_problem(409, "rotation_in_progress");
    app.clock.advance(Duration::from_secs(299));
    old.get(&path).await.expect(200);
    app.clock.advance(Duration::from_secs(2));
    old.get(&path).await.expect_problem(401, "invalid_token");
    new.get(&path).await.expect(200);

    let rotated = ada
        .post(&rotate, json!({ "overlap_seconds": 0 }))
        .await
        .expect(200);
    new.get(&path).await.expect_problem(401, "invalid_token");
    ada.with_token(&rotated.at("/token")).get(&path).await.expect(200);
    let long = ada.post(&rotate, json!({ "overlap_seconds": 604_801 })).await;
    long.expect_field("/overlap_seconds");
    app.clock.advance(Duration::from_mins(10));
    let mut ada = ada;
    ada.sign_in().await;
    app.clock.advance(Duration::from_secs(599));
    ada.post(&rotate, json!({})).await.expect(200);
}

#[tokio::test]
async fn of_many_rotations_at_once_one_comes_through() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (id, old) = key_of(&ada, &organization, &["organization:read"]).await;
    let path = format!("/organizations/{organization}");
    let rotate = format!("{path}/api-keys/{id}/rotate");
    let answers = app
        .at_once(20, |_| {
            let (ada, rotate) = (ada.clone(), rotate.clone());
            async move { ada.post(&rotate, json!({})).await }
        })
        .await;
    let rotated: Vec<_> = answers.iter().filter(|answer| answer.status == 200).collect();
    assert_eq!(rotated.len(), 1);
    assert!(answers.iter().all(|answer| matches!(answer.status, 200 | 409)));
    assert_eq!(secrets(&app).await, 2);
    old.get(&path).await.expect(200);
    ada.with_token(&rotated[0].at("/token"))
        .get(&path)
        .await
        .expect(200);

    let answers = app
        .at_once(20, |_| {
            let (ada, rotate) = (ada.clone(), rotate.clone());
            async move { ada.post(&rotate, json!({ "overlap_seconds": 0 })).await }
        })
        .await;
    assert_eq!(secrets(&app).await, 1);
    let mut holding = 0;
    for answer in answers {
        let program = ada.with_token(&answer.expect(200).at("/token"));
        holding += i32::from(program.get(&path).await.status == 200);
    }
    assert_eq!(holding, 1);
}

#[tokio::test]
async fn of_many_keys_at_once_none_goes_beyond_the_limit() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    for path in [
        format!("/organizations/{organization}/api-keys"),
        "/api-keys".to_owned(),
    ] {
        let body = json!({ "name": "Program", "scopes": ["data:read"] });
        for _ in 0..95 {
            ada.post(&path, body.clone()).await.expect(201);
        }
        let answers = app
            .at_once(20, |_| {
                let (ada, path, body) = (ada.clone(), path.clone(), body.clone());
                async move { ada.post(&path, body).await }
            })
            .await;
        let made = answers.iter().filter(|answer| answer.status == 201).count();
        assert_eq!(made, 5, "{path}");
        ada.post(&path, body)
            .await
            .expect_problem(409, "too_many_api_keys");
    }
}

#[tokio::test]
async fn a_repeated_request_makes_one_key() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let path = format!("/organizations/{organization}/api-keys");
    let ask = async || {
        let body = json!({ "name": "Program", "scopes": ["data:read"] });
        let ask = ada
            .ask(reqwest::Method::POST, &path)
            .header("idempotency-key", "one");
        ask.json(body).send().await.expect(201)
    };
    let (first, second) = (ask().await, ask().await);
    assert_eq!(first.at("/token"), second.at("/token"));
    assert_eq!(second.header("idempotency-replayed"), "true");
}
