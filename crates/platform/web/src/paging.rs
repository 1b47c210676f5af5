//! Lists in pages: `limit` and `cursor` in, `data` and `next_cursor` out.

mod cursors;

use std::borrow::Cow;

use axum::extract::{FromRequestParts, OriginalUri};
use axum::response::{IntoResponse, Response};
use http::header::LINK;
use http::request::Parts;
use http::{HeaderValue, StatusCode};
use kernel::page::{DEFAULT_LIMIT, MAX_LIMIT};
use kernel::{FieldError, Page, PageRequest};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Serialize;
use serde_json::json;

pub use cursors::Cursors;

use crate::json::written;
use crate::openapi::{Input, Operation, Output, Place};
use crate::paging::cursors::Binding;
use crate::parameters::{self, Pairs};
use crate::problem::ApiError;

pub(crate) const LIMIT: &str = "limit";
pub(crate) const CURSOR: &str = "cursor";

/// Which part of a list is asked for.
pub struct Paging {
    request: PageRequest,
    cursors: Cursors,
    binding: Binding,
    path: String,
    query: Pairs,
}

/// A part of a list, and where it goes on.
#[derive(Debug, Clone, Serialize)]
pub struct PageBody<T> {
    data: Vec<T>,
    next_cursor: Option<String>,
    #[serde(skip)]
    next_link: Option<String>,
}

impl Paging {
    /// What to ask the service for.
    pub const fn request(&self) -> &PageRequest {
        &self.request
    }

    /// The page as the caller reads it.
    pub fn page<T>(&self, page: Page<T>) -> PageBody<T> {
        let next = page
            .next
            .map(|position| self.cursors.seal(&position, &self.binding));
        PageBody {
            next_link: next.as_deref().map(|cursor| self.link(cursor)),
            next_cursor: next,
            data: page.items,
        }
    }

    /// RFC 8288.
    fn link(&self, cursor: &str) -> String {
        let query = parameters::replaced(&self.query, &[(CURSOR, Some(Cow::Borrowed(cursor)))]);
        format!("<{}?{query}>; rel=\"next\"", self.path)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Paging {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let cursors = parts.extensions.get::<Cursors>().cloned().ok_or_else(|| {
            tracing::error!("nobody put Cursors into the request");
            ApiError::internal()
        })?;
        let query = parameters::of_query(parts)?;
        let path = parts
            .extensions
            .get::<OriginalUri>()
            .map_or(parts.uri.path(), |uri| uri.path());
        let binding = Binding::of(path, &query);
        let limit = parameters::find(&query, LIMIT).map_or(Ok(DEFAULT_LIMIT), parse_limit)?;
        let after = parameters::find(&query, CURSOR)
            .map(|text| cursors.open(text, &binding))
            .transpose()?;
        Ok(Self {
            request: PageRequest::new(limit, after),
            cursors,
            binding,
            path: path.to_owned(),
            query,
        })
    }
}

fn parse_limit(text: &str) -> Result<u32, ApiError> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text
        .parse()
        .ok()
        .filter(|limit| is_number && (1..=MAX_LIMIT).contains(limit));
    limit.ok_or_else(|| {
        let detail = format!("a number from 1 to {MAX_LIMIT} is expected");
        ApiError::invalid(&[FieldError::new(LIMIT, "out_of_range", detail)])
    })
}

impl Input for Paging {
    fn describe(operation: &mut Operation<'_>) {
        let limit = json!({
            "type": "integer",
            "format": "int32",
            "minimum": 1,
            "maximum": MAX_LIMIT,
            "default": DEFAULT_LIMIT,
        });
        operation.parameter(Place::Query, LIMIT, "How many to answer at most.", limit);
        let description = "Where to go on: `next_cursor` of the page before. It holds for the same list with the \
                           same filter only.";
        operation.parameter(Place::Query, CURSOR, description, json!({ "type": "string" }));
    }
}

impl<T: Serialize> IntoResponse for PageBody<T> {
    fn into_response(self) -> Response {
        let mut response = written(StatusCode::OK, &self);
        let link = self.next_link.and_then(|link| HeaderValue::try_from(link).ok());
        response.headers_mut().extend(link.map(|link| (LINK, link)));
        response
    }
}

impl<T: JsonSchema> Output for PageBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.json_answer::<Self>(200, "A page of the list.");
        let schema = json!({ "type": "string" });
        operation.answer_header("Link", "The next page, when there is one (RFC 8288).", &schema);
    }
}

/// `OrganizationPage` for a list of `OrganizationBody`: client generators want a name for everything.
impl<T: JsonSchema> JsonSchema for PageBody<T> {
    fn schema_name() -> Cow<'static, str> {
        let item = T::schema_name();
        format!("{}Page", item.strip_suffix("Body").unwrap_or(&item)).into()
    }

    fn schema_id() -> Cow<'static, str> {
        format!("{}::PageBody<{}>", module_path!(), T::schema_id()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let item = generator.subschema_for::<T>();
        json_schema!({
            "type": "object",
            "description": "A part of a list.",
            "required": ["data", "next_cursor"],
            "properties": {
                "data": { "type": "array", "items": item, "description": "The part, in the list's order." },
                "next_cursor": {
                    "type": ["string", "null"],
                    "description": "Where the list goes on; null at its end.",
                    "example": null,
                },
            },
        })
    }
}
