//! `/organizations/{orgId}/api-keys`: keys of programs that work for the organization.

use axum::extract::State;
use kernel::ApiKeyId;
use kernel::permission::WriteApiKeys;
use schemars::JsonSchema;
use serde::Deserialize;
use web::routes::{Doc, Routes};
use web::{
    Api, ApiResult, Context, Created, Fresh, IfMatch, InPerson, Json, Member, NoContent, PageBody, Paging,
    Path, Tagged,
};

use super::bodies::{ApiKeyBody, CreateOrganizationApiKey, IssuedApiKeyBody, RotateApiKey, UpdateApiKey};
use crate::model::KeyOwner;
use crate::service::ApiKeys;

pub(super) fn routes(keys: ApiKeys) -> Api {
    const ALL: &str = "/organizations/{orgId}/api-keys";
    const ONE: &str = "/organizations/{orgId}/api-keys/{apiKeyId}";
    const ROTATE: &str = "/organizations/{orgId}/api-keys/{apiKeyId}/rotate";
    Routes::new("api_keys")
        .about("API keys: how programs are let in.")
        .get(
            ALL,
            list_organization_api_keys,
            Doc::new("List an organization's API keys", "Those that were not revoked, the newest first. Keys of members are their own business, and not among them."),
        )
        .post(
            ALL,
            create_organization_api_key,
            Doc::new("Create an organization's API key", "A key of the organization, which goes on when you leave. It can have scopes that you have yourself. The token is answered this once. There are 100 at most."),
        )
        .get(ONE, get_organization_api_key, Doc::new("Get an organization's API key", "One key, without its token."))
        .patch(
            ONE,
            update_organization_api_key,
            Doc::new(
                "Update an organization's API key",
                "Another name, or other networks. What a key is for can't be changed: make another.",
            ),
        )
        .delete(
            ONE,
            delete_organization_api_key,
            Doc::new("Revoke an organization's API key", "It holds no more, from this moment on."),
        )
        .post(
            ROTATE,
            rotate_organization_api_key,
            Doc::new(
                "Rotate an organization's API key",
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

async fn list_organization_api_keys(
    State(keys): State<ApiKeys>,
    member: Member<WriteApiKeys>,
    paging: Paging,
) -> ApiResult<PageBody<ApiKeyBody>> {
    let owner = KeyOwner::Organization(member.organization);
    let page = keys.list(owner, paging.request().clone()).await?;
    Ok(paging.page(page.map(ApiKeyBody::from)))
}

async fn create_organization_api_key(
    State(keys): State<ApiKeys>,
    member: Fresh<InPerson<Member<WriteApiKeys>>>,
    context: Context,
    Json(body): Json<CreateOrganizationApiKey>,
) -> ApiResult<Created<IssuedApiKeyBody>> {
    let owner = KeyOwner::Organization(member.organization);
    let issued = keys
        .create(&context, owner, member.principal.user, body.into_new()?)
        .await?;
    let location = format!(
        "/organizations/{}/api-keys/{}",
        member.organization, issued.key.id
    );
    Ok(Created::at(location, issued.into()))
}

async fn get_organization_api_key(
    State(keys): State<ApiKeys>,
    member: Member<WriteApiKeys>,
    Path(path): Path<KeyPath>,
) -> ApiResult<Tagged<ApiKeyBody>> {
    let key = keys
        .get(KeyOwner::Organization(member.organization), path.id)
        .await?;
    Ok(Tagged::new(key.version, key.into()))
}

async fn update_organization_api_key(
    State(keys): State<ApiKeys>,
    member: InPerson<Member<WriteApiKeys>>,
    Path(path): Path<KeyPath>,
    context: Context,
    IfMatch(version): IfMatch,
    Json(body): Json<UpdateApiKey>,
) -> ApiResult<Tagged<ApiKeyBody>> {
    let owner = KeyOwner::Organization(member.organization);
    let key = keys
        .update(&context, owner, path.id, body.change()?, version)
        .await?;
    Ok(Tagged::new(key.version, key.into()))
}

async fn delete_organization_api_key(
    State(keys): State<ApiKeys>,
    member: Member<WriteApiKeys>,
    Path(path): Path<KeyPath>,
    context: Context,
) -> ApiResult<NoContent> {
    keys.revoke(&context, KeyOwner::Organization(member.organization), path.id)
        .await?;
    Ok(NoContent)
}

async fn rotate_organization_api_key(
    State(keys): State<ApiKeys>,
    member: Fresh<InPerson<Member<WriteApiKeys>>>,
    Path(path): Path<KeyPath>,
    context: Context,
    Json(body): Json<RotateApiKey>,
) -> ApiResult<Json<IssuedApiKeyBody>> {
    let owner = KeyOwner::Organization(member.organization);
    let issued = keys.rotate(&context, owner, path.id, body.into()).await?;
    Ok(Json(issued.into()))
}
