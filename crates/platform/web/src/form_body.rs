//! [`FormBody`]: a body in the form that standards of OAuth ask for.

use std::collections::BTreeSet;

use axum::extract::{FromRequest, Request};
use garde::Validate;
use http::HeaderMap;
use http::header::CONTENT_TYPE;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::body;
use crate::faults::{self, Naming};
use crate::openapi::{Input, Operation};
use crate::parameters;
use crate::problem::ApiError;

/// The media type.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

/// The most bytes of a form: all that it holds is a token and a few words.
const MAX_FORM: usize = 64 * 1024;

/// Fields of a program's form, for what a standard does not leave to JSON (RFC 7009, RFC 7662). A field may be
/// given once, an empty one counts as absent, and those that nobody knows are passed over (RFC 6749 §3.2).
/// Credentials are never in it, so that it needs no page of ours to come from.
#[derive(Debug, Clone, Copy)]
pub struct FormBody<T>(pub T);

impl<S, T> FromRequest<S> for FormBody<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, _: &S) -> Result<Self, ApiError> {
        let is_form = is_form(request.headers());
        let (_, bytes) = body::read(request).await.map_err(ApiError::in_oauth)?;
        let read = if is_form {
            parse(&bytes)
        } else {
            let detail = format!("a form is expected, with the header content-type: {FORM}");
            Err(ApiError::unsupported_media_type(detail))
        };
        read.map(Self).map_err(ApiError::in_oauth)
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    let essence = kind.unwrap_or_default().split(';').next().unwrap_or_default();
    essence.trim().eq_ignore_ascii_case(FORM)
}

fn parse<T: DeserializeOwned + Validate<Context = ()>>(bytes: &[u8]) -> Result<T, ApiError> {
    if bytes.len() > MAX_FORM {
        return Err(ApiError::too_large());
    }
    let mut seen = BTreeSet::new();
    let mut pairs = Vec::new();
    for (name, value) in form_urlencoded::parse(bytes) {
        if name.contains('\0') || value.contains('\0') || value.contains('\u{fffd}') {
            let detail = "the form is not UTF-8, or has the character U+0000 in it";
            return Err(ApiError::malformed("malformed_form", detail));
        }
        if !seen.insert(name.clone()) {
            let detail = "a field of the form is given twice";
            return Err(ApiError::malformed("duplicate_field", detail));
        }
        if !value.is_empty() {
            pairs.push((name, value));
        }
    }
    let pairs = pairs.iter().map(|(name, value)| (&**name, &**value));
    let value: T = parameters::read(pairs).map_err(|fault| invalid(&[fault]))?;
    let faults = faults::of_rules(&value, Naming::Parameter);
    if faults.is_empty() {
        Ok(value)
    } else {
        Err(invalid(&faults))
    }
}

/// RFC 6749 §5.2 wants 400 for what elsewhere is 422.
fn invalid(fields: &[kernel::FieldError]) -> ApiError {
    let detail = "some fields are not as they should be; see errors";
    ApiError::malformed("malformed_form", detail).with_fields(fields)
}

impl<T: JsonSchema> Input for FormBody<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.form_body::<T>();
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::response::IntoResponse as _;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, Validate)]
    struct Fields {
        #[garde(length(max = 10))]
        token: String,
        #[garde(skip)]
        hint: Option<String>,
    }

    async fn send(kind: &str, body: &str) -> Result<(String, Option<String>), (u16, serde_json::Value)> {
        let request = http::Request::post("/").header("content-type", kind);
        let request = request.body(Body::from(body.to_owned())).unwrap();
        match FormBody::<Fields>::from_request(request, &()).await {
            Ok(FormBody(fields)) => Ok((fields.token, fields.hint)),
            Err(refusal) => {
                let response = refusal.into_response();
                let status = response.status().as_u16();
                let body = axum::body::to_bytes(response.into_body(), 10_000).await.unwrap();
                Err((status, serde_json::from_slice(&body).unwrap()))
            }
        }
    }

    #[tokio::test]
    async fn reads_what_standards_send() {
        let kind = "application/x-www-form-urlencoded; charset=UTF-8";
        assert_eq!(
            send(kind, "token=a%2Bb&hint=x&other=y").await,
            Ok(("a+b".into(), Some("x".into())))
        );
        assert_eq!(send(FORM, "hint=&token=a").await, Ok(("a".into(), None)));
    }

    #[tokio::test]
    async fn refuses_what_can_be_read_in_two_ways() {
        for (body, code) in [
            ("token=a&token=b", "duplicate_field"),
            ("hint=&hint=x&token=a", "duplicate_field"),
            ("", "malformed_form"),
            ("token=", "malformed_form"),
            ("token=a%00", "malformed_form"),
            ("token=%ff", "malformed_form"),
            ("token=12345678901", "malformed_form"),
        ] {
            let (status, problem) = send(FORM, body).await.unwrap_err();
            assert_eq!((status, problem["code"].as_str()), (400, Some(code)), "{body}");
            assert_eq!(problem["error"], "invalid_request", "{body}");
        }
        assert_eq!(send("application/json", "{}").await.unwrap_err().0, 415);
        assert_eq!(send("", "token=a").await.unwrap_err().0, 415);
        let long = format!("token={}", "x".repeat(MAX_FORM));
        assert_eq!(send(FORM, &long).await.unwrap_err().0, 413);
    }
}
