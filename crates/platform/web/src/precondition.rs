//! [`IfMatch`], [`Precondition`]: a change to what the caller has seen, and to nothing else.

use axum::extract::FromRequestParts;
use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::request::Parts;
use serde_json::json;

use crate::openapi::{Input, Operation, Place};
use crate::problem::ApiError;

/// The version that the caller wants to change; `None` when any will do. A tag that is none of ours can't be
/// the present one and is refused at once (412).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

/// What must be there for a `PUT` that makes what is not there yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Whatever is there, or nothing.
    None,
    /// Nothing: `If-None-Match: *`.
    Absent,
    /// Anything: `If-Match: *`.
    Present,
    /// This version: `If-Match` with its tag.
    Version(i64),
}

impl<S: Send + Sync> FromRequestParts<S> for Precondition {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let IfMatch(version) = IfMatch::from_request_parts(parts, state).await?;
        let has_if_match = parts.headers.contains_key(IF_MATCH);
        let mut unwanted = parts.headers.get_all(IF_NONE_MATCH).iter();
        match (unwanted.next(), unwanted.next(), version) {
            (None, _, Some(version)) => Ok(Self::Version(version)),
            (None, _, None) if has_if_match => Ok(Self::Present),
            (None, _, None) => Ok(Self::None),
            (Some(any), None, _) if any == "*" && !has_if_match => Ok(Self::Absent),
            _ => Err(ApiError::malformed(
                "malformed_if_none_match",
                "If-None-Match takes * here, and not together with If-Match",
            )),
        }
    }
}

impl Input for Precondition {
    fn describe(operation: &mut Operation<'_>) {
        IfMatch::describe(operation);
        let description = "`*` makes what is not there yet, and is refused with 412 when it is.";
        let schema = json!({ "type": "string", "enum": ["*"] });
        operation.parameter(Place::Header, "If-None-Match", description, schema);
    }
}

impl<S: Send + Sync> FromRequestParts<S> for IfMatch {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let mut given = parts.headers.get_all(IF_MATCH).iter();
        match (given.next(), given.next()) {
            (None, _) => Ok(Self(None)),
            (Some(tag), None) => parse(tag.to_str().unwrap_or_default()),
            (Some(_), Some(_)) => parse(","),
        }
    }
}

/// Strong comparison (RFC 9110 §13.1.1): a weak tag matches nothing.
fn parse(text: &str) -> Result<IfMatch, ApiError> {
    let text = text.trim();
    if text == "*" {
        return Ok(IfMatch(None));
    }
    if text.contains(',') {
        return Err(ApiError::malformed(
            "malformed_if_match",
            "If-Match takes one entity tag",
        ));
    }
    let version = text.strip_prefix("\"v").and_then(|text| text.strip_suffix('"'));
    let version = version.filter(|version| version.bytes().all(|byte| byte.is_ascii_digit()));
    let version = version.and_then(|version| version.parse().ok());
    version
        .map(|version| IfMatch(Some(version)))
        .ok_or_else(ApiError::outdated)
}

impl Input for IfMatch {
    fn describe(operation: &mut Operation<'_>) {
        let description = "The `ETag` of what you have seen: the change is refused with 412 when somebody else \
                           was there before.";
        let schema = json!({ "type": "string", "pattern": r#"^(\*|"v[0-9]{1,18}")$"#, "example": "\"v7\"" });
        operation.parameter(Place::Header, "If-Match", description, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn tells_what_must_be_there() {
        let read = async |headers: &[(&str, &str)]| {
            let mut request = http::Request::builder();
            for (name, value) in headers {
                request = request.header(*name, *value);
            }
            let (mut parts, ()) = request.body(()).unwrap().into_parts();
            Precondition::from_request_parts(&mut parts, &())
                .await
                .map_err(|error| error.status().as_u16())
        };
        assert_eq!(read(&[]).await, Ok(Precondition::None));
        assert_eq!(read(&[("if-match", "*")]).await, Ok(Precondition::Present));
        assert_eq!(
            read(&[("if-match", "\"v2\"")]).await,
            Ok(Precondition::Version(2))
        );
        assert_eq!(read(&[("if-none-match", "*")]).await, Ok(Precondition::Absent));
        assert_eq!(read(&[("if-none-match", "\"v2\"")]).await, Err(400));
        assert_eq!(read(&[("if-none-match", "*"), ("if-match", "*")]).await, Err(400));
        assert_eq!(read(&[("if-match", "\"x\"")]).await, Err(412));
    }

    #[test]
    fn reads_one_strong_tag_of_ours() {
        assert_eq!(parse("\"v7\"").unwrap(), IfMatch(Some(7)));
        assert_eq!(parse(" * ").unwrap(), IfMatch(None));
        for refused in [
            "W/\"v7\"",
            "v7",
            "\"7\"",
            "\"v\"",
            "\"v+7\"",
            "\"v-7\"",
            "",
            "\"v99999999999999999999\"",
        ] {
            assert_eq!(parse(refused).unwrap_err().status(), 412, "{refused}");
        }
        assert_eq!(parse("\"v1\", \"v2\"").unwrap_err().status(), 400);
    }
}
