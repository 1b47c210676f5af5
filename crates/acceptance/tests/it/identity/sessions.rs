//! `/auth/sessions`, `POST /auth/logout`.

use mainstay_acceptance::TestApp;
use serde_json::json;

#[tokio::test]
async fn logout_ends_the_session_at_once() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let body = json!({ "refresh_token": ada.refresh_token });
    let answer = ada.post("/auth/logout", body.clone()).await.expect(204);
    assert_eq!(answer.header("clear-site-data"), "\"cache\", \"storage\"");
    ada.get("/users/me").await.expect(401);
    ada.post("/auth/refresh", body).await.expect(401);
}

#[tokio::test]
async fn a_person_sees_and_ends_their_own_sessions_only() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut phone = ada.clone();
    phone.sign_in().await;
    let eve = app.person("eve").await;
    let list = ada.get("/auth/sessions").await.expect(200).json();
    let sessions = list["data"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions
            .iter()
            .filter(|session| session["is_current"] == true)
            .count(),
        1
    );
    let other = sessions
        .iter()
        .find(|session| session["is_current"] == false)
        .unwrap();
    let path = format!("/auth/sessions/{}", other["id"].as_str().unwrap());
    eve.delete(&path).await.expect_problem(404, "not_found");
    phone.get("/users/me").await.expect(200);
    ada.delete(&path).await.expect(204);
    phone.get("/users/me").await.expect(401);
    ada.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn the_others_can_be_ended_together() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let mut others = Vec::new();
    for _ in 0..3 {
        let mut other = ada.clone();
        other.sign_in().await;
        others.push(other);
    }
    ada.delete("/auth/sessions").await.expect(204);
    for other in others {
        other.get("/users/me").await.expect(401);
    }
    ada.get("/users/me").await.expect(200);
}
