//! What a key may do: its scopes, and no more than its owner may at that moment.

use std::time::Duration;

use db::{DbError, Executor as _, Tx, args};
use mainstay_acceptance::TestApp;
use reqwest::Method;
use serde_json::json;

use super::{key_of, own_key};

const DAY: Duration = Duration::from_hours(24);

#[tokio::test]
async fn a_key_of_an_organization_works_for_it_alone_and_is_in_its_log() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (_, other) = app.owner("eve").await;
    let (id, program) = key_of(
        &ada,
        &organization,
        &["organization:read", "data:read", "data:write"],
    )
    .await;
    let own = format!("/organizations/{organization}");
    program.get(&own).await.expect(200);
    let document = format!("{own}/data/notes/first");
    program.put(&document, json!({ "value": 1 })).await.expect(201);
    program.get(&document).await.expect(200);
    let lacking = program.get(&format!("{own}/members")).await;
    lacking.expect_problem(403, "scope_missing");
    let hidden = program.get(&format!("/organizations/{other}")).await.expect(404);
    let absent = ada.get(&format!("/organizations/{other}")).await.expect(404);
    assert_eq!(hidden.json()["detail"], absent.json()["detail"]);
    let log = ada
        .get(&format!("{own}/activity?actor={id}"))
        .await
        .expect(200)
        .json();
    let entry = &log["data"][0];
    assert_eq!(entry["action"], "organization_data.written", "{log}");
    assert_eq!(
        (&entry["actor"]["kind"], &entry["actor"]["id"]),
        (&json!("api_key"), &json!(id))
    );
    let log = ada
        .get(&format!("{own}/activity?target={id}"))
        .await
        .expect(200)
        .json();
    assert_eq!(log["data"][0]["action"], "api_key.created", "{log}");
}

#[tokio::test]
async fn a_persons_key_does_what_they_may_do_now() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "admin").await;
    let body = json!({ "name": "Laptop", "scopes": ["audit:read", "members:read"] });
    let (_, program) = own_key(&bob, body).await;
    let (audit, members) = (
        format!("/organizations/{organization}/activity"),
        format!("/organizations/{organization}/members"),
    );
    program.get(&audit).await.expect(200);
    let me = program.get(&format!("{members}/me")).await.expect(200);
    assert_eq!(me.at("/user/id"), bob.id);
    let path = format!("{members}/{}", bob.id);
    ada.put(&path, json!({ "roles": ["viewer"] })).await.expect(200);
    program.get(&audit).await.expect_problem(403, "scope_missing");
    program.get(&members).await.expect(200);
    ada.delete(&path).await.expect(204);
    program.get(&members).await.expect_problem(404, "not_found");
}

#[tokio::test]
async fn a_key_of_an_organization_outlives_its_maker_and_a_persons_key_does_not() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "admin").await;
    let admin = app.staff("root", "admin").await;
    let (_, service) = key_of(&bob, &organization, &["organization:read"]).await;
    let body = json!({ "name": "Laptop", "scopes": ["organization:read"], "organization_id": organization });
    let (_, laptop) = own_key(&bob, body).await;
    let path = format!("/organizations/{organization}");
    laptop.get(&path).await.expect(200);
    admin
        .post(&format!("/users/{}/suspend", bob.id), json!({}))
        .await
        .expect(200);
    laptop.get(&path).await.expect_problem(401, "invalid_token");
    service.get(&path).await.expect(200);
    admin
        .post(&format!("/users/{}/restore", bob.id), json!({}))
        .await
        .expect(200);
    laptop.get(&path).await.expect(200);
    admin.delete(&format!("/users/{}", bob.id)).await.expect(204);
    laptop.get(&path).await.expect_problem(401, "invalid_token");
    service.get(&path).await.expect(200);
    ada.delete(&path).await.expect(204);
    service.get(&path).await.expect_problem(401, "invalid_token");
}

#[tokio::test]
async fn nobody_gives_a_key_what_they_lack_or_what_keys_never_have() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (_, elsewhere) = app.owner("eve").await;
    let keys = format!("/organizations/{organization}/api-keys");
    let role =
        json!({ "key": "keeper", "name": "Keeper", "permissions": ["api_keys:write", "members:read"] });
    ada.post(&format!("/organizations/{organization}/roles"), role)
        .await
        .expect(201);
    let bob = app.member("bob", &ada, &organization, "keeper").await;
    let with = |scopes: &[&str]| json!({ "name": "Program", "scopes": scopes });
    bob.post(&keys, with(&["members:read"])).await.expect(201);
    let lacking = bob.post(&keys, with(&["audit:read"])).await;
    lacking.expect_problem(403, "scope_not_grantable");
    for scope in [
        "api_keys:write",
        "members:update",
        "organization:delete",
        "platform_users:read",
    ] {
        ada.post(&keys, with(&[scope])).await.expect_field("/scopes");
        ada.post("/api-keys", with(&[scope]))
            .await
            .expect_field("/scopes");
    }
    ada.post(&keys, with(&["no:such"])).await.expect(422);
    ada.post(&keys, with(&[])).await.expect_field("/scopes");
    let body = json!({ "name": "x", "scopes": ["data:read"], "organization_id": elsewhere });
    ada.post("/api-keys", body).await.expect_field("/organization_id");
    let body = json!({ "name": "x", "scopes": ["data:read"], "allowed_networks": ["10.0.0.0/33"] });
    ada.post(&keys, body).await.expect_field("/allowed_networks/0");
    let late = json!({ "name": "x", "scopes": ["data:read"], "expires_at": "2999-01-01T00:00:00Z" });
    ada.post(&keys, late).await.expect_field("/expires_at");
    app.clock.advance(Duration::from_secs(601));
    let mut ada = ada;
    ada.sign_in().await;
    app.clock.advance(Duration::from_secs(590));
    ada.post(&keys, with(&["data:read"])).await.expect(201);
}

#[tokio::test]
async fn a_key_holds_until_its_end_and_only_from_its_networks() {
    let app = TestApp::start().await;
    let (mut ada, organization) = app.owner("ada").await;
    let path = format!("/organizations/{organization}");
    let keys = format!("{path}/api-keys");
    let (_, program) = key_of(&ada, &organization, &["organization:read"]).await;
    let (id, tied) = key_of(&ada, &organization, &["organization:read"]).await;
    let one = format!("{keys}/{id}");
    let change = json!({ "allowed_networks": ["127.0.0.2", "2001:db8::/32"] });
    let changed = ada.ask(Method::PATCH, &one).json(change).send().await.expect(200);
    assert_eq!(
        changed.json()["allowed_networks"],
        json!(["127.0.0.2/32", "2001:db8::/32"])
    );
    tied.get(&path).await.expect_problem(401, "invalid_token");
    tied.at_address("127.0.0.2").get(&path).await.expect(200);
    let used = ada.get(&one).await.expect(200).json();
    assert_eq!(used["last_used_ip"], "127.0.0.2", "{used}");
    let stale = ada.ask(Method::PATCH, &one).header("if-match", "\"v1\"");
    stale.json(json!({ "name": "x" })).send().await.expect(412);

    app.clock.advance(DAY * 89 + Duration::from_mins(1439));
    program.get(&path).await.expect(200);
    app.clock.advance(Duration::from_mins(2));
    program.get(&path).await.expect_problem(401, "invalid_token");
    ada.sign_in().await;
    let (id, program) = key_of(&ada, &organization, &["organization:read"]).await;
    program.get(&path).await.expect(200);
    ada.delete(&format!("{keys}/{id}")).await.expect(204);
    program.get(&path).await.expect_problem(401, "invalid_token");
    ada.delete(&format!("{keys}/{id}")).await.expect(404);
    ada.get(&format!("{keys}/{id}")).await.expect(404);
}

#[tokio::test]
async fn where_members_need_a_second_factor_a_persons_key_does_not_do_without() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let bob = app.member("bob", &ada, &organization, "member").await;
    let (_, service) = key_of(&ada, &organization, &["members:read"]).await;
    let (_, laptop) = own_key(&bob, json!({ "name": "Laptop", "scopes": ["members:read"] })).await;
    let path = format!("/organizations/{organization}/members");
    laptop.get(&path).await.expect(200);
    let required = async |tx: &mut Tx| -> Result<u64, DbError> {
        tx.execute("UPDATE organizations SET mfa_required_from = created_at", args![])
            .await
    };
    app.app().db().write(required).await.unwrap();
    let mut app = app;
    Box::pin(app.restart()).await;
    bob.get(&path)
        .await
        .expect_problem(403, "mfa_enrollment_required");
    laptop.get(&path).await.expect_problem(403, "scope_missing");
    service.get(&path).await.expect(200);
}

#[tokio::test]
async fn keys_are_whose_they_are() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (eve, elsewhere) = app.owner("eve").await;
    let (of_organization, _) = key_of(&ada, &organization, &["data:read"]).await;
    let (own, _) = own_key(&ada, json!({ "name": "Laptop", "scopes": ["data:read"] })).await;
    for path in [
        format!("/api-keys/{own}"),
        format!("/api-keys/{of_organization}"),
        format!("/organizations/{elsewhere}/api-keys/{of_organization}"),
    ] {
        eve.get(&path).await.expect(404);
        eve.delete(&path).await.expect(404);
        let rotate = eve.post(&format!("{path}/rotate"), json!({})).await;
        rotate.expect(404);
    }
    ada.get(&format!("/organizations/{organization}/api-keys/{own}"))
        .await
        .expect(404);
    let listed = ada.get("/api-keys").await.expect(200).json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 1, "{listed}");
    assert!(!listed.to_string().contains("token"), "{listed}");
}

#[tokio::test]
async fn no_other_spelling_of_a_key_is_one() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    let (_, program) = key_of(&ada, &organization, &["organization:read"]).await;
    let path = format!("/organizations/{organization}");
    let token = program.access_token.clone().unwrap();
    assert!(token.starts_with("msk_"), "{token}");
    let mut spellings: Vec<String> = (1..token.len())
        .map(|length| token[..length].to_owned())
        .collect();
    spellings.extend(["a", "A", "_", "aaaa", "="].map(|end| format!("{token}{end}")));
    spellings.extend([
        token.to_uppercase(),
        token.to_lowercase(),
        token.replace("msk_", "MSK_"),
    ]);
    for place in (4..token.len()).filter(|place| token.as_bytes()[*place].is_ascii_alphabetic()) {
        let mut bytes = token.clone().into_bytes();
        bytes[place] ^= 0x20;
        spellings.push(String::from_utf8(bytes).unwrap());
    }
    let refusal = program
        .with_token("msk_")
        .get(&path)
        .await
        .expect_problem(401, "invalid_token");
    let without_id = |body: &serde_json::Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    for spelling in spellings.iter().filter(|spelling| spelling.starts_with("msk_")) {
        let answer = program.with_token(spelling).get(&path).await.expect(401);
        assert_eq!(
            without_id(&answer.json()),
            without_id(&refusal.json()),
            "{spelling}"
        );
    }
    for spelling in &spellings {
        assert_eq!(
            program.with_token(spelling).get(&path).await.status,
            401,
            "{spelling}"
        );
    }
    program.get(&path).await.expect(200);
}

#[tokio::test]
async fn a_person_is_told_by_mail_of_a_key_that_acts_as_them() {
    let app = TestApp::start().await;
    let (ada, organization) = app.owner("ada").await;
    own_key(
        &ada,
        json!({ "name": "Night train", "scopes": ["organization:read"] }),
    )
    .await;
    let mail = app.mail_to(&ada.email).await;
    assert!(
        mail.text.contains("API key") && mail.text.contains("Night train"),
        "{mail:?}"
    );
    // One of the organization acts as nobody.
    let before = app.mails_to(&ada.email).await.len();
    key_of(&ada, &organization, &["organization:read"]).await;
    assert_eq!(app.mails_to(&ada.email).await.len(), before);
}
