//! The description of the API as pages and as files, with nothing fetched from outside.
//!
//! | address | shows |
//! |---|---|
//! | `/docs` | every operation and schema, made from the document when the server starts |
//! | `/docs/errors/{code}` | what the `type` of a problem points to |
//! | `/openapi.json`, `/openapi.yaml` | the document itself |

mod codes;
mod prose;
mod reference;
mod schema;

use std::sync::Arc;

use askama::Template;
use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::docs_page::codes::{Codes, Meaning};
use crate::docs_page::reference::Reference;
use crate::html::assets;
use crate::problem::ApiError;

/// What pages of documentation may do: show our own files.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; base-uri 'none'; font-src 'self'; form-action 'none'; frame-ancestors 'none'; \
     img-src 'self'; style-src 'self'",
);

#[derive(Clone)]
struct Documents(Arc<Files>);

struct Files {
    codes: Codes,
    page: File,
    json: File,
    yaml: File,
}

/// Made once, with a tag by which callers can tell that they have it already.
struct File {
    kind: HeaderValue,
    tag: HeaderValue,
    content: Bytes,
}

#[derive(Template)]
#[template(path = "docs.html")]
struct DocsPage<'a> {
    reference: &'a Reference,
}

#[derive(Template)]
#[template(path = "docs_error.html")]
struct ErrorPage<'a> {
    code: &'a str,
    words: String,
    meaning: &'a Meaning,
}

/// The routes of the documentation, for the OpenAPI document of this server, the same as YAML, and a page of
/// Markdown whose tables say what codes mean: code, status, meaning.
///
/// # Errors
/// When the page can't be rendered.
pub fn router(document: &Value, yaml: String, codes: &str) -> Result<Router, askama::Error> {
    let reference = Reference::of(document);
    let page = DocsPage {
        reference: &reference,
    }
    .render()?;
    let json = serde_json::to_string_pretty(document).unwrap_or_default();
    let documents = Documents(Arc::new(Files {
        codes: Codes::read(codes),
        page: File::new("text/html; charset=utf-8", page),
        json: File::new("application/json", json + "\n"),
        yaml: File::new("application/yaml", yaml),
    }));
    Ok(Router::new()
        .route("/docs", get(show_docs))
        .route("/docs/errors/{code}", get(show_error))
        .route("/openapi.json", get(show_json))
        .route("/openapi.yaml", get(show_yaml))
        .with_state(documents))
}

async fn show_docs(State(documents): State<Documents>, headers: HeaderMap) -> Response {
    let mut response = documents.0.page.answer(&headers);
    response
        .headers_mut()
        .insert(header::CONTENT_SECURITY_POLICY, POLICY);
    response
}

async fn show_json(State(documents): State<Documents>, headers: HeaderMap) -> Response {
    documents.0.json.answer(&headers)
}

async fn show_yaml(State(documents): State<Documents>, headers: HeaderMap) -> Response {
    documents.0.yaml.answer(&headers)
}

async fn show_error(State(documents): State<Documents>, uri: Uri) -> Result<Response, ApiError> {
    let code = uri.path().trim_start_matches("/docs/errors/");
    let meaning = documents.0.codes.get(code).ok_or_else(ApiError::not_found)?;
    let page = ErrorPage {
        code,
        words: code.replace('_', " "),
        meaning,
    };
    let html = page.render().map_err(|error| {
        tracing::error!(%error, "a page can't be rendered");
        ApiError::internal()
    })?;
    Ok(File::new("text/html; charset=utf-8", html).answer_page())
}

impl File {
    fn new(kind: &'static str, content: String) -> Self {
        let digest = Sha256::digest(&content);
        let hash = digest
            .iter()
            .take(8)
            .fold(0u64, |hash, byte| hash << 8 | u64::from(*byte));
        Self {
            kind: HeaderValue::from_static(kind),
            tag: HeaderValue::try_from(format!("\"{hash:016x}\""))
                .unwrap_or(HeaderValue::from_static("\"0\"")),
            content: content.into(),
        }
    }

    fn answer(&self, asked: &HeaderMap) -> Response {
        let is_known = asked
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| known == self.tag);
        let (status, body) = if is_known {
            (StatusCode::NOT_MODIFIED, Body::empty())
        } else {
            (StatusCode::OK, Body::from(self.content.clone()))
        };
        let headers = [
            (
                header::CACHE_CONTROL,
                HeaderValue::from_static("public, no-cache"),
            ),
            (header::CONTENT_TYPE, self.kind.clone()),
            (header::ETAG, self.tag.clone()),
        ];
        (status, headers, body).into_response()
    }

    fn answer_page(&self) -> Response {
        let mut response = self.answer(&HeaderMap::new());
        response
            .headers_mut()
            .insert(header::CONTENT_SECURITY_POLICY, POLICY);
        response
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use tower::ServiceExt as _;

    use super::*;

    async fn get(path: &str) -> (StatusCode, String) {
        let document = json!({
            "openapi": "3.0.3",
            "info": { "title": "Test <API>", "version": "1", "description": "What it is." },
            "tags": [{ "name": "users" }],
            "paths": { "/users/{userId}": { "put": {
                "operationId": "updateUser", "tags": ["users"], "summary": "Change a user", "x-permission": "users:write",
                "parameters": [{ "name": "userId", "in": "path", "required": true, "schema": { "type": "string", "example": "usr_1" } }],
                "requestBody": { "content": { "application/json": { "schema": { "$ref": "#/components/schemas/UpdateUser" } } } },
                "responses": { "200": { "description": "The user.", "content": { "application/json": { "schema": { "$ref": "#/components/schemas/User" } } } } }
            } } },
            "components": { "schemas": {
                "UpdateUser": { "type": "object", "required": ["name"], "properties": { "name": { "type": "string", "example": "It's <me>" } } },
                "User": { "type": "object", "properties": { "tags": { "type": "array", "items": { "type": "string" } } } }
            } }
        });
        let codes = "| `body_too_large` | 413 | More than `1 MiB`. |";
        let router = router(&document, "openapi: 3.0.3\n".into(), codes).unwrap();
        let request = http::Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = axum::body::to_bytes(response.into_body(), usize::MAX)
            .await
            .unwrap();
        (status, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn shows_operations_with_an_example_and_escapes_what_they_say() {
        let (status, page) = get("/docs").await;
        assert_eq!(status, StatusCode::OK);
        for text in [
            "Change a user",
            "/users/{userId}",
            "updateUser",
            "users:write",
            "/users/usr_1",
            "string[]",
        ] {
            assert!(page.contains(text), "{text} is missing in {page}");
        }
        assert!(!page.contains("<me>") && !page.contains("<API>"), "{page}");
    }

    #[tokio::test]
    async fn explains_codes_and_nothing_else() {
        let (status, page) = get("/docs/errors/body_too_large").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("body too large"), "{page}");
        assert!(page.contains("More than <code>1 MiB</code>."), "{page}");
        assert_eq!(get("/docs/errors/body").await.0, StatusCode::NOT_FOUND);
        assert_eq!(get("/docs/errors/%3Cscript%3E").await.0, StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn hands_out_the_document() {
        let (_, json) = get("/openapi.json").await;
        let (_, yaml) = get("/openapi.yaml").await;
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap()["openapi"], "3.0.3");
        assert!(yaml.starts_with("openapi: 3.0.3\n"), "{yaml}");
    }
}
