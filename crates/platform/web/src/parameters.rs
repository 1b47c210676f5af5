//! Reading parameters: names and values from the query or the path into a struct.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use http::request::Parts;
use kernel::FieldError;
use serde::de::DeserializeOwned;
use url::form_urlencoded;

use crate::faults::{self, Naming};
use crate::problem::ApiError;

/// The query parameters that an operation describes; its route puts it into the request.
#[derive(Debug, Clone)]
pub(crate) struct KnownParameters(pub(crate) Arc<BTreeSet<String>>);

/// Names and values, decoded, in the order they came.
pub(crate) type Pairs = Vec<(String, String)>;

/// The query of a request, refused when it has anything that the operation does not know.
pub(crate) fn of_query(parts: &Parts) -> Result<Pairs, ApiError> {
    let query = parts.uri.query().unwrap_or_default();
    let pairs: Pairs = form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    // The parser puts U+FFFD where bytes are no UTF-8; somebody may also have meant it.
    let has_replaced = |text: &String| text.contains('\u{fffd}');
    let is_meant = query.to_ascii_uppercase().contains("%EF%BF%BD");
    if !is_meant
        && pairs
            .iter()
            .any(|(name, value)| has_replaced(name) || has_replaced(value))
    {
        return Err(ApiError::malformed("malformed_query", "the query is not UTF-8"));
    }
    let known = parts.extensions.get::<KnownParameters>();
    let mut faults = Vec::new();
    let mut seen = BTreeSet::new();
    for (name, value) in &pairs {
        let fault = |code, detail| FieldError::new(name.clone(), code, detail);
        if known.is_some_and(|known| !known.0.contains(name)) {
            faults.push(fault("unknown_field", "there is no such parameter here"));
        } else if !seen.insert(name) {
            faults.push(fault("duplicate_field", "this parameter may be given once"));
        } else if value.contains('\0') {
            faults.push(fault("nul_character", "the character U+0000 is not accepted"));
        }
    }
    if faults.is_empty() {
        Ok(pairs)
    } else {
        Err(ApiError::invalid(&faults))
    }
}

/// Reads `T` from the pairs, texts becoming numbers and so on as its fields ask.
pub(crate) fn read<'a, T: DeserializeOwned>(
    pairs: impl Iterator<Item = (&'a str, &'a str)>,
) -> Result<T, FieldError> {
    let mut encoded = form_urlencoded::Serializer::new(String::new());
    encoded.extend_pairs(pairs);
    let encoded = encoded.finish();
    let pairs = form_urlencoded::parse(encoded.as_bytes());
    serde_path_to_error::deserialize(serde_urlencoded::Deserializer::new(pairs)).map_err(|error| {
        let message = error.inner().to_string();
        faults::of_shape(error.path(), &message, Naming::Parameter)
    })
}

/// The value of one parameter.
pub(crate) fn find<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    pairs
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| value.as_str())
}

/// The same query with other values for some of its parameters; `None` takes one away.
pub(crate) fn replaced(pairs: &[(String, String)], values: &[(&str, Option<Cow<'_, str>>)]) -> String {
    let is_kept = |name: &str| values.iter().all(|(other, _)| *other != name);
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(pairs.iter().filter(|(name, _)| is_kept(name)));
    query.extend_pairs(
        values
            .iter()
            .filter_map(|(name, value)| Some((*name, value.as_deref()?))),
    );
    query.finish()
}
