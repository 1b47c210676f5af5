//! [`Path`]: parameters in the path, in a struct.

use std::borrow::Cow;

use axum::extract::{FromRequestParts, RawPathParams};
use http::request::Parts;
use kernel::UserId;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, DeserializeOwned};
use serde::{Deserialize, Deserializer};

use crate::openapi::{Input, Operation, Place};
use crate::parameters;
use crate::problem::ApiError;

/// The parameters in the path, in a struct with their names (`#[serde(rename_all = "camelCase")]`). A text
/// that can't be what the path asks for is refused with 400, whether or not there is such a thing.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S, T> FromRequestParts<S> for Path<T>
where
    S: Send + Sync,
    T: DeserializeOwned,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let given = given(parts, state).await?;
        parameters::read(given.iter()).map(Self).map_err(|fault| {
            let code = code_of(&fault.detail);
            ApiError::malformed(code, fault.detail.clone())
                .with_fields(&[kernel::FieldError { code, ..fault }])
        })
    }
}

/// One parameter as text.
pub(crate) async fn text<S: Send + Sync>(
    parts: &mut Parts,
    state: &S,
    name: &str,
) -> Result<String, ApiError> {
    let given = given(parts, state).await?;
    let value = given
        .iter()
        .find(|(known, _)| *known == name)
        .map(|(_, value)| value.to_owned());
    value.ok_or_else(|| {
        tracing::error!(
            parameter = name,
            "a route does not have the parameter that its handler reads"
        );
        ApiError::internal()
    })
}

/// One id out of the path.
pub(crate) async fn id<S, K>(
    parts: &mut Parts,
    state: &S,
    name: &'static str,
) -> Result<kernel::Id<K>, ApiError>
where
    S: Send + Sync,
    K: kernel::id::Kind,
{
    let text = text(parts, state, name).await?;
    text.parse().map_err(|error: kernel::id::IdError| {
        let code = match error {
            kernel::id::IdError::WrongType { .. } => WRONG_ID_TYPE,
            kernel::id::IdError::Malformed { .. } => MALFORMED_ID,
        };
        let detail = error.to_string();
        ApiError::malformed(code, detail.clone()).with_fields(&[kernel::FieldError::new(name, code, detail)])
    })
}

async fn given<S: Send + Sync>(parts: &mut Parts, state: &S) -> Result<RawPathParams, ApiError> {
    let refused = || ApiError::malformed("malformed_path", "the path is not UTF-8, or contains U+0000");
    let given = RawPathParams::from_request_parts(parts, state)
        .await
        .map_err(|_| refused())?;
    if given.iter().any(|(_, value)| value.contains('\0')) {
        return Err(refused());
    }
    Ok(given)
}

const WRONG_ID_TYPE: &str = "wrong_id_type";
const MALFORMED_ID: &str = "malformed_id";

/// serde keeps the text of an error only; those of ids begin like this.
fn code_of(detail: &str) -> &'static str {
    if detail.starts_with("this is the id of a different kind of thing") {
        WRONG_ID_TYPE
    } else if detail.starts_with("this is not an id") {
        MALFORMED_ID
    } else {
        "malformed_path"
    }
}

/// An id, or `me`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserReference {
    /// The caller.
    Me,
    /// Somebody.
    Id(UserId),
}

impl UserReference {
    /// The person, when `me` is `caller`.
    pub const fn or_self(self, caller: UserId) -> UserId {
        match self {
            Self::Me => caller,
            Self::Id(user) => user,
        }
    }
}

impl<'de> Deserialize<'de> for UserReference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<'de, str>::deserialize(deserializer)?;
        if text == "me" {
            return Ok(Self::Me);
        }
        text.parse().map(Self::Id).map_err(de::Error::custom)
    }
}

impl JsonSchema for UserReference {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> Cow<'static, str> {
        "UserReference".into()
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^(me|usr_[0-7][0-9a-hjkmnp-tv-z]{25})$",
            "example": "me",
        })
    }
}

impl<T: JsonSchema> Input for Path<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameters::<T>(Place::Path);
    }
}
