//! `/users/{userId}/data` and `/organizations/{orgId}/data`.

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use garde::Validate;
use kernel::Timestamp;
use kernel::permission::{ReadData, ReadUsers, WriteData, WriteUsers};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use web::openapi::{Operation, Output};
use web::{
    Account, Api, ApiResult, Context, Created, Doc, IfMatch, Json, NoContent, PageBody, Paging, Path,
    Precondition, Query, Routes, Tagged, Tenant,
};

use super::model::{
    Document, DocumentKey, DocumentOwner, DocumentPlace, DocumentValue, Expected, Namespace, Written,
};
use super::service::Documents;
use crate::user::routes::acting;

/// The routes of documents.
pub fn routes(documents: Documents) -> Api {
    routes_of_people(documents.clone()).merge(routes_of_organizations(documents))
}

fn routes_of_people(documents: Documents) -> Api {
    const ALL: &str = "/users/{userId}/data";
    const ONE: &str = "/users/{userId}/data/{namespace}/{key}";
    Routes::new("data")
        .about(
            "Documents of JSON that a person or an organization keeps here, each under a namespace and a key: up to \
             1,000 for each of them, up to 64 KiB each.",
        )
        .get(
            ALL,
            list_user_data,
            Doc::new(
                "List a person's documents",
                "In the order of namespace and key, up to 50 on a page.",
            ),
        )
        .get(
            ONE,
            get_user_data,
            Doc::new("Get a person's document", "What it says, and since when."),
        )
        .put(
            ONE,
            write_user_data,
            Doc::new(
                "Write a person's document",
                "Makes it (201) or replaces it (200); with `If-None-Match: *` only makes it, with `If-Match` only \
                 replaces what you have seen.",
            ),
        )
        .delete(
            ONE,
            delete_user_data,
            Doc::new("Delete a person's document", "It is gone; there is no copy."),
        )
        .with_state(documents)
}

fn routes_of_organizations(documents: Documents) -> Api {
    const ALL: &str = "/organizations/{orgId}/data";
    const ONE: &str = "/organizations/{orgId}/data/{namespace}/{key}";
    Routes::new("data")
        .get(
            ALL,
            list_organization_data,
            Doc::new(
                "List an organization's documents",
                "In the order of namespace and key, up to 50 on a page.",
            ),
        )
        .get(
            ONE,
            get_organization_data,
            Doc::new(
                "Get an organization's document",
                "What it says, and since when.",
            ),
        )
        .put(
            ONE,
            write_organization_data,
            Doc::new(
                "Write an organization's document",
                "Makes it (201) or replaces it (200); with `If-None-Match: *` only makes it, with `If-Match` only \
                 replaces what you have seen.",
            ),
        )
        .delete(
            ONE,
            delete_organization_data,
            Doc::new(
                "Delete an organization's document",
                "It is gone; there is no copy.",
            ),
        )
        .with_state(documents)
}

/// A document.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct DocumentBody {
    /// Where it is filed.
    namespace: Namespace,
    /// What it is called there.
    key: DocumentKey,
    /// What it says: any JSON.
    #[schemars(extend("example" = { "sidebar": "closed" }))]
    value: Value,
    /// When it was first written.
    created_at: Timestamp,
    /// When it was last written.
    updated_at: Timestamp,
}

impl From<Document> for DocumentBody {
    fn from(document: Document) -> Self {
        Self {
            namespace: document.namespace,
            key: document.key,
            value: document.value,
            created_at: document.created_at,
            updated_at: document.updated_at,
        }
    }
}

/// What a document says from now on.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct WriteDocument {
    /// Any JSON, up to 64 KiB of it and 32 levels deep.
    #[garde(skip)]
    #[schemars(extend("example" = { "sidebar": "closed" }))]
    value: Value,
}

/// Which documents are listed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct DocumentQuery {
    /// Only those in this namespace.
    #[garde(skip)]
    namespace: Option<Namespace>,
}

/// Which document, beside whose it is.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct DocumentPath {
    /// Where it is filed.
    namespace: Namespace,
    /// What it is called there.
    key: DocumentKey,
}

impl DocumentPath {
    fn of(self, owner: DocumentOwner) -> DocumentPlace {
        DocumentPlace {
            owner,
            namespace: self.namespace,
            key: self.key,
        }
    }
}

impl From<Precondition> for Expected {
    fn from(precondition: Precondition) -> Self {
        match precondition {
            Precondition::None => Self::Anything,
            Precondition::Absent => Self::Absent,
            Precondition::Present => Self::Present,
            Precondition::Version(version) => Self::Version(version),
        }
    }
}

impl From<IfMatch> for Expected {
    fn from(IfMatch(version): IfMatch) -> Self {
        version.map_or(Self::Present, Self::Version)
    }
}

/// 201 for a new document, 200 for one that was there.
pub(crate) enum WrittenAnswer {
    Created(Created<DocumentBody>),
    Replaced(Tagged<DocumentBody>),
}

impl WrittenAnswer {
    fn new(owner: DocumentOwner, written: Written) -> Self {
        let document = match written {
            Written::Replaced(document) => {
                return Self::Replaced(Tagged::new(document.version, document.into()));
            }
            Written::Created(document) => document,
        };
        let owner = match owner {
            DocumentOwner::User(id) => format!("/users/{id}"),
            DocumentOwner::Organization(id) => format!("/organizations/{id}"),
        };
        let (namespace, key) = (document.namespace.as_str(), document.key.as_str());
        let location = format!("{owner}/data/{namespace}/{key}");
        let version = document.version;
        Self::Created(Created::at(location, document.into()).tagged(version))
    }
}

async fn list_user_data(
    State(documents): State<Documents>,
    account: Account<ReadUsers>,
    Query(query): Query<DocumentQuery>,
    paging: Paging,
) -> ApiResult<PageBody<DocumentBody>> {
    let owner = DocumentOwner::User(account.user);
    let page = documents
        .list(owner, query.namespace, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(DocumentBody::from)))
}

async fn get_user_data(
    State(documents): State<Documents>,
    account: Account<ReadUsers>,
    Path(path): Path<DocumentPath>,
) -> ApiResult<Tagged<DocumentBody>> {
    let document = documents.get(path.of(DocumentOwner::User(account.user))).await?;
    Ok(Tagged::new(document.version, document.into()))
}

async fn write_user_data(
    State(documents): State<Documents>,
    account: Account<WriteUsers>,
    Path(path): Path<DocumentPath>,
    context: Context,
    precondition: Precondition,
    Json(body): Json<WriteDocument>,
) -> ApiResult<WrittenAnswer> {
    let owner = DocumentOwner::User(account.user);
    let value = DocumentValue::new(body.value)?;
    documents.require_rank(acting(&account), owner).await?;
    let written = documents
        .write(&context, path.of(owner), value, precondition.into())
        .await?;
    Ok(WrittenAnswer::new(owner, written))
}

async fn delete_user_data(
    State(documents): State<Documents>,
    account: Account<WriteUsers>,
    Path(path): Path<DocumentPath>,
    context: Context,
    if_match: IfMatch,
) -> ApiResult<NoContent> {
    let owner = DocumentOwner::User(account.user);
    documents.require_rank(acting(&account), owner).await?;
    documents
        .delete(&context, path.of(owner), if_match.into())
        .await?;
    Ok(NoContent)
}

async fn list_organization_data(
    State(documents): State<Documents>,
    tenant: Tenant<ReadData>,
    Query(query): Query<DocumentQuery>,
    paging: Paging,
) -> ApiResult<PageBody<DocumentBody>> {
    let owner = DocumentOwner::Organization(tenant.organization);
    let page = documents
        .list(owner, query.namespace, paging.request().clone())
        .await?;
    Ok(paging.page(page.map(DocumentBody::from)))
}

async fn get_organization_data(
    State(documents): State<Documents>,
    tenant: Tenant<ReadData>,
    Path(path): Path<DocumentPath>,
) -> ApiResult<Tagged<DocumentBody>> {
    let document = documents
        .get(path.of(DocumentOwner::Organization(tenant.organization)))
        .await?;
    Ok(Tagged::new(document.version, document.into()))
}

async fn write_organization_data(
    State(documents): State<Documents>,
    tenant: Tenant<WriteData>,
    Path(path): Path<DocumentPath>,
    context: Context,
    precondition: Precondition,
    Json(body): Json<WriteDocument>,
) -> ApiResult<WrittenAnswer> {
    let owner = DocumentOwner::Organization(tenant.organization);
    let value = DocumentValue::new(body.value)?;
    let written = documents
        .write(&context, path.of(owner), value, precondition.into())
        .await?;
    Ok(WrittenAnswer::new(owner, written))
}

async fn delete_organization_data(
    State(documents): State<Documents>,
    tenant: Tenant<WriteData>,
    Path(path): Path<DocumentPath>,
    context: Context,
    if_match: IfMatch,
) -> ApiResult<NoContent> {
    let owner = DocumentOwner::Organization(tenant.organization);
    documents
        .delete(&context, path.of(owner), if_match.into())
        .await?;
    Ok(NoContent)
}

impl IntoResponse for WrittenAnswer {
    fn into_response(self) -> Response {
        match self {
            Self::Created(created) => created.into_response(),
            Self::Replaced(replaced) => replaced.into_response(),
        }
    }
}

impl Output for WrittenAnswer {
    fn describe(operation: &mut Operation<'_>) {
        Created::<DocumentBody>::describe(operation);
        Tagged::<DocumentBody>::describe(operation);
    }
}
