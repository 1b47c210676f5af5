//! What a page of ours sent.

use axum::body::Body;
use axum::extract::{FromRequest, FromRequestParts, Request};
use http::request::Parts;
use http::{HeaderMap, Method, Uri, header};
use http_body_util::LengthLimitError;
use serde::de::DeserializeOwned;

use crate::problem::ApiError;

/// The most bytes of a form.
const MAX_FORM: usize = 64 * 1024;

/// The fields of a form, sent by a page of ours and by nobody else's. What the fields hold is for the
/// service to judge, because the page is shown again with what was wrong.
#[derive(Debug, Clone, Copy)]
pub struct Form<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let (parts, body) = request.into_parts();
        let is_post = parts.method == Method::POST;
        if !is_post || !is_same_origin(&parts.headers, &parts.uri) {
            return Err(other_origin());
        }
        if !is_form(&parts.headers) {
            return Err(ApiError::unsupported_media_type(
                "a form is expected (application/x-www-form-urlencoded)",
            ));
        }
        let body = read(body).await?;
        let fields = serde_urlencoded::from_bytes(&body).map_err(|_| bad_form())?;
        // PostgreSQL's text can't hold it, and nobody types it.
        if url::form_urlencoded::parse(&body).any(|(name, value)| name.contains('\0') || value.contains('\0'))
        {
            return Err(bad_form());
        }
        Ok(Self(fields))
    }
}

/// Lets in what a page of ours asks by script, and nobody else: browsers send their cookies along with whatever
/// page made them ask.
#[derive(Debug, Clone, Copy)]
pub struct OwnPage;

impl<S: Send + Sync> FromRequestParts<S> for OwnPage {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        if is_same_origin(&parts.headers, &parts.uri) {
            Ok(Self)
        } else {
            Err(other_origin())
        }
    }
}

async fn read(body: Body) -> Result<bytes::Bytes, ApiError> {
    axum::body::to_bytes(body, MAX_FORM).await.map_err(|error| {
        let is_long =
            std::error::Error::source(&error).is_some_and(<dyn std::error::Error>::is::<LengthLimitError>);
        if is_long {
            ApiError::too_large()
        } else {
            bad_form()
        }
    })
}

fn other_origin() -> ApiError {
    let detail = "this form can only be sent from its own page; open the page again";
    ApiError::forbidden("other_origin", detail)
}

fn bad_form() -> ApiError {
    ApiError::malformed("malformed_form", "the form can't be read; open its page again")
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/x-www-form-urlencoded")
}

/// Whether a page of ours sent the request, as far as the browser tells. Browsers of the last years say so
/// in `Sec-Fetch-Site`; the older ones name the `Origin` of every POST. Who says neither is no browser, and
/// has no business with cookies.
pub fn is_same_origin(headers: &HeaderMap, uri: &Uri) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let host = text(header::HOST).or_else(|| uri.authority().map(http::uri::Authority::as_str));
    let origin = text(header::ORIGIN).and_then(|origin| origin.parse::<Uri>().ok());
    let origin = origin.as_ref().and_then(Uri::authority);
    matches!((origin, host), (Some(origin), Some(host)) if origin.as_str().eq_ignore_ascii_case(host))
}

#[cfg(test)]
mod tests {
    use axum::response::IntoResponse as _;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    struct Fields {
        email: String,
    }

    async fn send(headers: &[(&str, &str)], body: &str) -> Result<String, u16> {
        let mut request = http::Request::post("/login").header("host", "app.example.com");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        match Form::<Fields>::from_request(request, &()).await {
            Ok(Form(fields)) => Ok(fields.email),
            Err(refusal) => Err(refusal.into_response().status().as_u16()),
        }
    }

    const KIND: (&str, &str) = ("content-type", "application/x-www-form-urlencoded; charset=utf-8");

    #[tokio::test]
    async fn takes_forms_of_our_own_pages() {
        for origin in [
            ("sec-fetch-site", "same-origin"),
            ("origin", "https://app.example.com"),
        ] {
            assert_eq!(send(&[KIND, origin], "email=a%40b.c").await, Ok("a@b.c".into()));
        }
        for origin in [
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example.com"),
            ("origin", "https://app.example.com:8443"),
            ("origin", "null"),
            ("accept", "*/*"),
        ] {
            assert_eq!(send(&[KIND, origin], "email=a").await, Err(403), "{origin:?}");
        }
    }

    #[tokio::test]
    async fn refuses_what_is_no_form_of_ours() {
        let ours = ("sec-fetch-site", "same-origin");
        let json = ("content-type", "application/json");
        assert_eq!(send(&[json, ours], "{}").await, Err(415));
        assert_eq!(send(&[KIND, ours], "name=x").await, Err(400));
        assert_eq!(send(&[KIND, ours], "email=a%00").await, Err(400));
        let long = format!("email={}", "x".repeat(MAX_FORM));
        assert_eq!(send(&[KIND, ours], &long).await, Err(413));
    }
}
