//! `/organizations/{orgId}/roles`.

use mainstay_acceptance::TestApp;
use serde_json::json;

#[tokio::test]
async fn a_custom_role_gives_what_it_lists_and_no_more() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let roles = format!("/organizations/{organization}/roles");
    let list = ada.get(&roles).await.expect(200).json();
    let keys: Vec<_> = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|role| role["key"].as_str().unwrap())
        .collect();
    assert_eq!(keys.len(), 5, "{keys:?}");
    let body = json!({ "key": "recruiter", "name": "Recruiter", "permissions": ["organization:read", "members:read", "roles:read", "invites:read", "invites:write"] });
    let made = ada.post(&roles, body.clone()).await.expect(201);
    ada.post(&roles, body).await.expect_problem(409, "role_key_taken");
    let bob = app.member("bob", &ada, &organization, "recruiter").await;
    let invites = format!("/organizations/{organization}/invites");
    bob.get(&invites).await.expect(200);
    bob.get(&format!("/organizations/{organization}/activity"))
        .await
        .expect_problem(403, "forbidden");
    bob.post(&invites, json!({ "email": "x@example.com", "role": "admin" }))
        .await
        .expect(403);
    let one = format!("{roles}/{}", made.at("/id"));
    ada.delete(&one).await.expect_problem(409, "role_in_use");
    let less = json!({ "name": "Recruiter", "permissions": ["organization:read"] });
    ada.put(&one, less).await.expect(200);
    bob.get(&invites).await.expect_problem(403, "forbidden");
    ada.put(
        &format!("/organizations/{organization}/members/{}", bob.id),
        json!({ "roles": ["viewer"] }),
    )
    .await
    .expect(200);
    ada.delete(&one).await.expect(204);
    ada.get(&one).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn built_in_roles_stay_and_bad_ones_are_refused() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let roles = format!("/organizations/{organization}/roles");
    let list = ada.get(&roles).await.expect(200).json();
    let owner = list["data"]
        .as_array()
        .unwrap()
        .iter()
        .find(|role| role["key"] == "owner")
        .unwrap();
    let one = format!("{roles}/{}", owner["id"].as_str().unwrap());
    ada.put(&one, json!({ "name": "Boss", "permissions": [] }))
        .await
        .expect_problem(409, "role_built_in");
    ada.delete(&one).await.expect_problem(409, "role_built_in");
    for (body, pointer) in [
        (
            json!({ "key": "x", "name": "X", "permissions": ["moon:land"] }),
            "/permissions/0",
        ),
        (
            json!({ "key": "Not A Key", "name": "X", "permissions": [] }),
            "/key",
        ),
        (json!({ "key": "x", "name": "", "permissions": [] }), "/name"),
        (
            json!({ "key": "x", "name": "X", "permissions": [], "built_in": true }),
            "/built_in",
        ),
    ] {
        ada.post(&roles, body).await.expect_field(pointer);
    }
    let platform = json!({ "key": "x", "name": "X", "permissions": ["platform_users:write"] });
    let refused = ada.post(&roles, platform).await;
    assert!(matches!(refused.status, 403 | 422), "{refused}");
}
