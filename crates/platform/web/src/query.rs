//! [`Query`]: parameters behind the question mark, in a struct.

use axum::extract::FromRequestParts;
use garde::Validate;
use http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;

use crate::faults::{self, Naming};
use crate::openapi::{Input, Operation, Place};
use crate::paging::{CURSOR, LIMIT};
use crate::parameters;
use crate::problem::ApiError;

/// The query, in a flat struct with one field a parameter. Parameters that the operation does not know are
/// refused (422), so a mistyped filter is not an answer to another question. `limit` and `cursor` belong to
/// [`crate::Paging`].
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S, T> FromRequestParts<S> for Query<T>
where
    S: Send + Sync,
    T: DeserializeOwned + Validate<Context = ()>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, ApiError> {
        let pairs = parameters::of_query(parts)?;
        let own = pairs.iter().filter(|(name, _)| name != LIMIT && name != CURSOR);
        let own = own.map(|(name, value)| (name.as_str(), value.as_str()));
        let value: T = parameters::read(own).map_err(|fault| ApiError::invalid(&[fault]))?;
        let faults = faults::of_rules(&value, Naming::Parameter);
        if faults.is_empty() {
            Ok(Self(value))
        } else {
            Err(ApiError::invalid(&faults))
        }
    }
}

impl<T: JsonSchema> Input for Query<T> {
    fn describe(operation: &mut Operation<'_>) {
        operation.parameters::<T>(Place::Query);
    }
}
