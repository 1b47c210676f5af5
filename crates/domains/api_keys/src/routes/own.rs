//! `/api-keys`: keys of a person's own programs.

use axum::extract::State;
use kernel::ApiKeyId;
use schemars::JsonSchema;
use serde::Deserialize;
use web::routes::{Doc, Routes};
use web::{
    Api, ApiResult, Context, Created, Fresh, IfMatch, InPerson, Json, NoContent, PageBody, Paging, Path,
    Principal, Tagged,
};

use super::bodies::{ApiKeyBody, CreateApiKey, IssuedApiKeyBody, RotateApiKey, UpdateApiKey};
use crate::model::KeyOwner;
use crate::service::ApiKeys;

pub(super) fn routes(keys: ApiKeys) -> Api {
    const ALL: &str = "/api-keys";
    const ONE: &str = "/api-keys/{apiKeyId}";
    const ROTATE: &str = "/api-keys/{apiKeyId}/rotate";
    Routes::new("api_keys")
        .about("API keys: how programs are let in.")
        .get(
            ALL,
            list_api_keys,
            Doc::new("List your API keys", "Those that were not revoked, the newest first."),
        )
        .post(
            ALL,
            create_api_key,
            Doc::new("Create an API key", "A key of your own. It may do what its scopes say and you may do yourself at that moment, and ends to work where you are no member any more. The token is answered this once. There are 100 at most."),
        )
        .get(ONE, get_api_key, Doc::new("Get an API key", "One key, without its token."))
        .patch(
            ONE,
            update_api_key,
            Doc::new(
                "Update an API key",
                "Another name, or other networks. What a key is for can't be changed: make another.",
            ),
        )
        .delete(
            ONE,
            delete_api_key,
            Doc::new("Revoke an API key", "It holds no more, from this moment on."),
        )
        .post(
            ROTATE,
            rotate_api_key,
            Doc::new(
                "Rotate an API key",
                "Answers a new token. The one before holds for `overlap_seconds`, so that programs can be changed \
                 one by one; while it does, another rotation needs `overlap_seconds` 0, which ends it.",
            ),
        )
        .with_state(keys)
}

/// Which key.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct KeyPath {
    /// The key.
    #[serde(rename = "apiKeyId")]
    id: ApiKeyId,
}

async fn list_api_keys(
    State(keys): State<ApiKeys>,
    principal: Principal,
    paging: Paging,
) -> ApiResult<PageBody<ApiKeyBody>> {
    let owner = KeyOwner::Person(principal.user);
    let page = keys.list(owner, paging.request().clone()).await?;
    Ok(paging.page(page.map(ApiKeyBody::from)))
}

async fn create_api_key(
    State(keys): State<ApiKeys>,
    principal: Fresh<InPerson<Principal>>,
    context: Context,
    Json(body): Json<CreateApiKey>,
) -> ApiResult<Created<IssuedApiKeyBody>> {
    let owner = KeyOwner::Person(principal.user);
    let issued = keys
        .create(&context, owner, principal.user, body.into_new()?)
        .await?;
    let location = format!("/api-keys/{}", issued.key.id);
    Ok(Created::at(location, issued.into()))
}

async fn get_api_key(
    State(keys): State<ApiKeys>,
    principal: Principal,
    Path(path): Path<KeyPath>,
) -> ApiResult<Tagged<ApiKeyBody>> {
    let key = keys.get(KeyOwner::Person(principal.user), path.id).await?;
    Ok(Tagged::new(key.version, key.into()))
}

async fn update_api_key(
    State(keys): State<ApiKeys>,
    principal: InPerson<Principal>,
    Path(path): Path<KeyPath>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateApiKey>,
) -> ApiResult<Tagged<ApiKeyBody>> {
    let owner = KeyOwner::Person(principal.user);
    let key = keys
        .update(&context, owner, path.id, body.change()?, version)
        .await?;
    Ok(Tagged::new(key.version, key.into()))
}

async fn delete_api_key(
    State(keys): State<ApiKeys>,
    principal: Principal,
    Path(path): Path<KeyPath>,
    context: Context,
) -> ApiResult<NoContent> {
    keys.revoke(&context, KeyOwner::Person(principal.user), path.id)
        .await?;
    Ok(NoContent)
}

async fn rotate_api_key(
    State(keys): State<ApiKeys>,
    principal: Fresh<InPerson<Principal>>,
    Path(path): Path<KeyPath>,
    context: Context,
    Json(body): Json<RotateApiKey>,
) -> ApiResult<Json<IssuedApiKeyBody>> {
    let owner = KeyOwner::Person(principal.user);
    let issued = keys.rotate(&context, owner, path.id, body.into()).await?;
    Ok(Json(issued.into()))
}
