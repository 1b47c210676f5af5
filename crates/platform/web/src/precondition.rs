//! [`IfMatch`]: a change to the version that the caller has seen, and to no other.

use axum::extract::FromRequestParts;
use http::header::IF_MATCH;
use http::request::Parts;
use serde_json::json;

use crate::openapi::{Input, Operation, Place};
use crate::problem::ApiError;

/// The version that the caller wants to change; `None` when any will do. A tag that is none of ours can't be
/// the present one and is refused at once (412).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IfMatch(pub Option<i64>);

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
        let schema = json!({ "type": "string", "example": "\"v7\"" });
        operation.parameter(Place::Header, "If-Match", description, schema);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
