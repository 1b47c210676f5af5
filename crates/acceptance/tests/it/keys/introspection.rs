//! Whether an access token holds, and ending it: RFC 7662, RFC 7009, RFC 8414.

use std::time::Duration;

use mainstay_acceptance::{Answer, Person, TestApp};
use reqwest::Method;
use serde_json::{Value, json};

use super::{key_of, own_key};

async fn ask(program: &Person, token: &str) -> Value {
    let ask = program.ask(Method::POST, "/oauth/introspect");
    let answer = ask.form(&[("token", token), ("token_type_hint", "access_token")]);
    answer.send().await.expect(200).json()
}

async fn revoke(app: &TestApp, token: &str) -> Answer {
    let ask = app.nobody().ask(Method::POST, "/oauth/revoke");
    ask.form(&[("token", token)]).send().await
}

fn inactive() -> Value {
    json!({ "active": false })
}

#[tokio::test]
async fn an_organization_learns_whether_its_members_tokens_hold() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, elsewhere) = app.owner("eve").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let (_, program) = key_of(&ada, &organization, &["tokens:introspect"]).await;
    let token = bob.access_token.clone().unwrap();
    let told = ask(&program, &token).await;
    assert_eq!(told["active"], true, "{told}");
    assert_eq!(
        (&told["sub"], &told["username"]),
        (&json!(bob.id), &json!(bob.email))
    );
    assert_eq!(
        (&told["token_type"], &told["acr"]),
        (&json!("Bearer"), &json!("aal1"))
    );
    assert_eq!(told["exp"].as_i64().unwrap() - told["iat"].as_i64().unwrap(), 600);
    assert_eq!(told["amr"], json!(["pwd"]));
    assert!(
        told["sid"].as_str().unwrap().starts_with("ses_") && told.get("act").is_none(),
        "{told}"
    );

    let (_, foreign) = key_of(&eve, &elsewhere, &["tokens:introspect"]).await;
    assert_eq!(ask(&foreign, &token).await, inactive());
    assert_eq!(
        ask(&program, &eve.access_token.clone().unwrap()).await,
        inactive()
    );
    let key = program.access_token.clone().unwrap();
    for other in [
        bob.refresh_token.as_str(),
        "nonsense",
        "a.b.c",
        &key,
        &token[1..],
        &format!("{token}a"),
    ] {
        assert_eq!(ask(&program, other).await, inactive(), "{other}");
    }
    bob.post("/auth/logout", json!({ "refresh_token": bob.refresh_token }))
        .await
        .expect(204);
    assert_eq!(ask(&program, &token).await, inactive());

    let mut bob = bob;
    bob.sign_in().await;
    let token = bob.access_token.clone().unwrap();
    assert_eq!(ask(&program, &token).await["active"], true);
    let member = format!("/organizations/{organization}/members/{}", bob.id);
    ada.delete(&member).await.expect(204);
    assert_eq!(ask(&program, &token).await, inactive());
    let own = ada.access_token.clone().unwrap();
    assert_eq!(ask(&program, &own).await["active"], true);
    app.clock.advance(Duration::from_secs(601));
    assert_eq!(ask(&program, &own).await, inactive());
}

#[tokio::test]
async fn who_asks_is_a_program_that_may() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let token = ada.access_token.clone().unwrap();
    let form = async |person: &Person| {
        let ask = person.ask(Method::POST, "/oauth/introspect");
        ask.form(&[("token", &token)]).send().await
    };
    form(&app.nobody()).await.expect_problem(401, "unauthenticated");
    form(&ada).await.expect_problem(403, "api_key_required");
    let (_, other) = key_of(&ada, &organization, &["data:read"]).await;
    form(&other).await.expect_problem(403, "scope_missing");
    let body = json!({ "name": "Everywhere", "scopes": ["tokens:introspect"] });
    let (_, everywhere) = own_key(&ada, body.clone()).await;
    form(&everywhere).await.expect_problem(403, "scope_missing");
    let support = app.staff("support", "support").await;
    let (_, everywhere) = own_key(&support, body).await;
    assert_eq!(form(&everywhere).await.expect(200).json()["active"], true);
    let (_, program) = key_of(&ada, &organization, &["tokens:introspect"]).await;
    for form in [vec![], vec![("token", "")], vec![("token", "a"), ("token", "b")]] {
        let ask = program.ask(Method::POST, "/oauth/introspect").form(&form);
        assert_eq!(ask.send().await.expect(400).json()["error"], "invalid_request");
    }
}

#[tokio::test]
async fn who_has_a_token_may_end_what_it_stands_for() {
    let app = TestApp::start().await;
    let mut ada = app.person("ada").await;
    let (old, token) = (ada.clone(), ada.access_token.clone().unwrap());
    revoke(&app, &token).await.expect(200);
    old.get("/users/me").await.expect_problem(401, "session_revoked");
    revoke(&app, &token).await.expect(200);
    ada.sign_in().await;
    revoke(&app, &ada.refresh_token).await.expect(200);
    ada.get("/users/me").await.expect_problem(401, "session_revoked");
    let body = json!({ "refresh_token": ada.refresh_token });
    ada.without_token().post("/auth/refresh", body).await.expect(401);
    for unknown in ["nonsense", "a.b.c", "mrt_nonsense"] {
        revoke(&app, unknown).await.expect(200);
    }
    ada.sign_in().await;
    let (_, program) = own_key(&ada, json!({ "name": "Laptop", "scopes": ["data:read"] })).await;
    let refused = revoke(&app, &program.access_token.unwrap()).await;
    let refused = refused.expect_problem(400, "unsupported_token_type");
    assert_eq!(refused.json()["error"], "unsupported_token_type");
    ada.get("/users/me").await.expect(200);
}

#[tokio::test]
async fn the_metadata_says_where() {
    let app = TestApp::start().await;
    let metadata = app.nobody().get("/.well-known/oauth-authorization-server").await;
    let metadata = metadata.expect(200).json();
    let issuer = metadata["issuer"].as_str().unwrap();
    assert_eq!(
        metadata["introspection_endpoint"],
        format!("{issuer}/oauth/introspect")
    );
    assert_eq!(
        metadata["introspection_endpoint_auth_methods_supported"],
        json!(["Bearer"])
    );
    assert_eq!(metadata["revocation_endpoint"], format!("{issuer}/oauth/revoke"));
    assert_eq!(
        metadata["revocation_endpoint_auth_methods_supported"],
        json!(["none"])
    );
}
