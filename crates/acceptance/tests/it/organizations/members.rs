//! `/organizations/{orgId}/members`, leaving, handing over.

use mainstay_acceptance::TestApp;
use serde_json::json;

#[tokio::test]
async fn joins_is_listed_changes_roles_and_goes() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let members = format!("/organizations/{organization}/members");
    let list = ada.get(&members).await.expect(200).json();
    let names: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|member| member["user"]["email"].clone())
        .collect();
    assert_eq!(names, ["ada@example.com", "bob@example.com"]);
    let only_members = ada
        .get(&format!("{members}?role=member"))
        .await
        .expect(200)
        .json();
    assert_eq!(only_members["data"].as_array().unwrap().len(), 1);
    let found = ada.get(&format!("{members}?q=BO")).await.expect(200).json();
    assert_eq!(found["data"][0]["user"]["id"], bob.id.as_str());
    assert_eq!(
        bob.get(&format!("{members}/me")).await.expect(200).json()["roles"],
        json!(["member"])
    );
    let one = format!("{members}/{}", bob.id);
    let promoted = ada.put(&one, json!({ "roles": ["admin"] })).await.expect(200);
    assert_eq!(promoted.json()["roles"], json!(["admin"]));
    bob.post(
        &format!("/organizations/{organization}/invites"),
        json!({ "email": "x@example.com", "role": "viewer" }),
    )
    .await
    .expect(201);
    ada.put(&one, json!({ "roles": ["viewer"] })).await.expect(200);
    bob.post(
        &format!("/organizations/{organization}/invites"),
        json!({ "email": "y@example.com", "role": "viewer" }),
    )
    .await
    .expect_problem(403, "forbidden");
    ada.delete(&one).await.expect(204);
    bob.get(&members).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn nobody_touches_a_higher_rank_or_grants_what_they_lack() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "admin").await;
    let eve = app.member("eve", &ada, &organization, "admin").await;
    let member = |id: &str| format!("/organizations/{organization}/members/{id}");
    bob.put(&member(&ada.id), json!({ "roles": ["viewer"] }))
        .await
        .expect(403);
    bob.delete(&member(&ada.id)).await.expect(403);
    bob.put(&member(&bob.id), json!({ "roles": ["owner"] }))
        .await
        .expect(403);
    bob.put(&member(&eve.id), json!({ "roles": ["owner"] }))
        .await
        .expect(403);
    bob.post(
        &format!("/organizations/{organization}/invites"),
        json!({ "email": "z@example.com", "role": "owner" }),
    )
    .await
    .expect(403);
    ada.put(
        &member("usr_01h455vb4pex5vsknk084sn02q"),
        json!({ "roles": ["viewer"] }),
    )
    .await
    .expect_problem(404, "not_found");
    ada.put(&member(&bob.id), json!({ "roles": ["astronaut"] }))
        .await
        .expect_field("/roles");
    ada.put(&member(&bob.id), json!({ "roles": [] }))
        .await
        .expect_field("/roles");
}

#[tokio::test]
async fn the_last_owner_stays() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let at = |tail: &str| format!("/organizations/{organization}/{tail}");
    ada.post(&at("leave"), json!({}))
        .await
        .expect_problem(409, "last_owner");
    ada.put(
        &at(&format!("members/{}", ada.id)),
        json!({ "roles": ["viewer"] }),
    )
    .await
    .expect_problem(409, "last_owner");
    ada.delete(&at(&format!("members/{}", ada.id)))
        .await
        .expect_problem(409, "last_owner");
    ada.post(&at("transfer"), json!({ "user_id": bob.id }))
        .await
        .expect(200);
    ada.post(&at("transfer"), json!({ "user_id": bob.id }))
        .await
        .expect(403);
    ada.post(&at("leave"), json!({})).await.expect(204);
    ada.get(&at("members")).await.expect_problem(404, "not_found");
    bob.get(&at("members")).await.expect(200);
}
