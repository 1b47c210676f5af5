use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;

use async_trait::async_trait;
use axum::body::Body;
use axum::extract::State;
use axum::{Extension, Router};
use kernel::permission::{IntrospectTokens, ReadOrganization, UpdateOrganization};
use kernel::{ApiKeyId, OrganizationId, Permission, PermissionSet};
use uuid::Uuid;

use super::sample::{self, Answer, Echo, access, info, organization, request, send, user};
use crate::layers::{LayerConfig, Layers};
use crate::{AccessRule, Api, ApiError, ApiResult, Context, Doc, Json, Key, KeyHolder, Keys, Routes, Tenant};

/// Keys are named after what they may do in organization 1. One of a person is of no organization.
pub(super) struct KeyBoard;

#[async_trait]
impl Keys for KeyBoard {
    fn is_key(&self, token: &str) -> bool {
        token.starts_with("key_")
    }

    async fn authenticate(&self, token: &str, _: Option<IpAddr>) -> Result<Key, ApiError> {
        let (number, scopes) = match token {
            "key_reads" => (1, ReadOrganization::SET),
            "key_asks" => (2, IntrospectTokens::SET),
            "key_of_person" => (4, ReadOrganization::SET),
            "key_all" => (
                3,
                ReadOrganization::SET
                    .union(UpdateOrganization::SET)
                    .union(IntrospectTokens::SET),
            ),
            _ => {
                return Err(ApiError::unauthenticated(
                    "invalid_token",
                    "the key does not hold",
                ));
            }
        };
        Ok(Key {
            id: ApiKeyId::from_uuid(Uuid::from_u128(number)),
            owner: matches!(number, 1 | 4).then(|| user(1)),
            organization: (number != 4).then(|| organization(1)),
            scopes,
        })
    }

    async fn permissions(&self, key: &Key, asked: OrganizationId) -> Result<Option<PermissionSet>, ApiError> {
        let own = key.organization.unwrap_or(organization(1));
        Ok((own == asked).then_some(key.scopes))
    }

    async fn own_permissions(&self, key: &Key) -> Result<PermissionSet, ApiError> {
        Ok(key.scopes)
    }
}

async fn get_shed(_: State<()>, tenant: Tenant<ReadOrganization>, context: Context) -> ApiResult<Json<Echo>> {
    let text = format!(
        "{:?} {:?} {:?}",
        tenant.user(),
        context.actor,
        context.on_behalf_of
    );
    Ok(Json(Echo::of(text)))
}

async fn inspect(_: State<()>, holder: KeyHolder<IntrospectTokens>) -> ApiResult<Json<Echo>> {
    Ok(Json(Echo::of(holder.key.id.to_string())))
}

fn api() -> Api {
    let sheds = Routes::new("sheds")
        .about("Where tools are.")
        .get(
            "/organizations/{orgId}/shed",
            get_shed,
            Doc::new("Get a shed", "Shows it."),
        )
        .post("/inspect", inspect, Doc::new("Inspect", "Looks closely."))
        .with_state(());
    sample::api().merge(sheds)
}

fn app(per_minute: u32) -> Router {
    let access = access().with_keys(Arc::new(KeyBoard), NonZeroU32::new(per_minute).unwrap());
    let cursors = crate::Cursors::new(&crypto::MasterKey::from_bytes([7; 32]));
    let router = api()
        .into_router()
        .layer(Extension(access))
        .layer(Extension(cursors));
    Layers::new(LayerConfig::default()).apply(router)
}

async fn ask(app: &Router, method: &str, path: &str, token: &str) -> Answer {
    let request = request(method, path, token)
        .header("host", "localhost")
        .header("content-type", "application/json");
    send(app, request.body(Body::from(r#"{"name": "ab"}"#)).unwrap()).await
}

#[tokio::test]
async fn a_key_is_let_in_where_keys_are_named_and_nowhere_else() {
    let app = app(600);
    let shed = format!("/organizations/{}/shed", organization(1));
    for (method, path) in [
        ("GET", sample::projects_of(1)),
        ("POST", sample::projects_of(1)),
        ("GET", "/users/me".to_owned()),
        ("GET", "/who-am-i".to_owned()),
        ("GET", "/greeting".to_owned()),
        ("POST", "/notes".to_owned()),
        ("POST", "/jobs/retry".to_owned()),
        (
            "DELETE",
            format!("/organizations/{}/members/{}", organization(1), user(2)),
        ),
    ] {
        let answer = ask(&app, method, &path, "key_all").await;
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (403, "api_key_not_accepted"),
            "{method} {path}"
        );
        assert_eq!(ask(&app, method, &path, "key_forged").await.status, 401, "{path}");
    }
    assert_eq!(ask(&app, "GET", &shed, "key_all").await.status, 200);
    assert_eq!(ask(&app, "GET", &shed, "owner").await.status, 200);
}

#[tokio::test]
async fn a_key_is_told_what_members_are_told() {
    let app = app(600);
    let shed = |number| format!("/organizations/{}/shed", organization(number));
    let hidden = ask(&app, "GET", &shed(2), "key_all").await;
    assert_eq!((hidden.status, hidden.code().as_str()), (404, "not_found"));
    assert_eq!(ask(&app, "GET", &shed(2), "owner").await.status, 404);
    let lacking = ask(&app, "GET", &shed(1), "key_asks").await;
    assert_eq!((lacking.status, lacking.code().as_str()), (403, "scope_missing"));
    let forged = ask(&app, "GET", &shed(1), "key_forged").await;
    assert_eq!((forged.status, forged.code().as_str()), (401, "invalid_token"));
}

#[tokio::test]
async fn changes_are_recorded_as_the_keys_and_for_its_owner() {
    let app = app(600);
    let shed = format!("/organizations/{}/shed", organization(1));
    let text = |answer: &Answer| answer.json()["text"].as_str().unwrap().to_owned();
    let of_person = text(&ask(&app, "GET", &shed, "key_reads").await);
    let owner = Some(user(1));
    let key = |number| ApiKeyId::from_uuid(Uuid::from_u128(number));
    assert_eq!(of_person, format!("{owner:?} ApiKey({:?}) {owner:?}", key(1)));
    let of_organization = text(&ask(&app, "GET", &shed, "key_all").await);
    assert_eq!(of_organization, format!("None ApiKey({:?}) None", key(3)));
    let person = text(&ask(&app, "GET", &shed, "owner").await);
    assert_eq!(person, format!("{owner:?} User({:?}) None", user(1)));
}

#[tokio::test]
async fn what_is_for_keys_is_not_for_people() {
    let app = app(600);
    let answer = ask(&app, "POST", "/inspect", "owner").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "api_key_required"));
    assert_eq!(ask(&app, "POST", "/inspect", "").await.status, 401);
    assert_eq!(ask(&app, "POST", "/inspect", "key_asks").await.status, 200);
    let answer = ask(&app, "POST", "/inspect", "key_reads").await;
    assert_eq!((answer.status, answer.code().as_str()), (403, "scope_missing"));
}

#[tokio::test]
async fn a_key_has_a_limit_of_its_own() {
    let app = app(2);
    let shed = format!("/organizations/{}/shed", organization(1));
    let first = ask(&app, "GET", &shed, "key_all").await;
    assert_eq!(first.header("ratelimit-policy"), Some("\"api_key\";q=2;w=60"));
    assert_eq!(first.header("ratelimit"), Some("\"api_key\";r=1;t=30"));
    assert_eq!(ask(&app, "GET", &shed, "key_all").await.status, 200);
    let third = ask(&app, "GET", &shed, "key_all").await;
    assert_eq!((third.status, third.code().as_str()), (429, "rate_limited"));
    assert_eq!(third.header("ratelimit"), Some("\"api_key\";r=0;t=60"));
    assert!(third.header("retry-after").is_some());
    assert_eq!(ask(&app, "GET", &shed, "key_reads").await.status, 200);
    let person = ask(&app, "GET", &shed, "owner").await;
    assert_eq!(person.header("ratelimit-policy"), Some("\"default\";q=600;w=60"));
}

#[tokio::test]
async fn the_document_says_where_keys_are_accepted() {
    let api = api();
    let document = api.document(&info());
    let operation = |path: &str, method: &str| document["paths"][path][method].clone();
    let shed = operation("/organizations/{orgId}/shed", "get");
    assert_eq!(
        shed["security"],
        serde_json::json!([{ "bearer": [] }, { "cookie": [] }, { "api_key": [] }])
    );
    assert_eq!(shed["x-permission"], "organization:read");
    assert_eq!(shed["description"], "Shows it. API keys are accepted.");
    let inspect = operation("/inspect", "post");
    assert_eq!(inspect["security"], serde_json::json!([{ "api_key": [] }]));
    assert_eq!(inspect["x-permission"], "tokens:introspect");
    let other = operation("/who-am-i", "get");
    assert_eq!(
        other["security"],
        serde_json::json!([{ "bearer": [] }, { "cookie": [] }])
    );
    let operations = api.operations();
    let inspect = operations.iter().find(|known| known.id == "inspect").unwrap();
    assert_eq!(inspect.access, AccessRule::Key("tokens:introspect"));
    assert!(
        operations
            .iter()
            .any(|known| known.id == "getShed" && known.accepts_keys)
    );
}
