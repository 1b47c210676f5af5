//! The header: a closed set. Anything beside these three members (`crit`, `jwk`, `jku`, `x5c`, `x5u`, `zip`,
//! `enc`, `b64`, …) would ask us to do something that we don't do.

use serde_json::Value;

use super::JwtError;
use super::object;

const TYPE: &str = "at+jwt";
const ALGORITHM: &str = "EdDSA";
const MAX_KID: usize = 64;

/// The header of a token signed with the key of this id.
pub(super) fn write(kid: &str) -> String {
    serde_json::json!({ "alg": ALGORITHM, "typ": TYPE, "kid": kid }).to_string()
}

/// The id of the key, when everything else is as it must be.
pub(super) fn read(json: &[u8]) -> Result<String, JwtError> {
    let mut header = object::read(json).ok_or(JwtError::Malformed)?;
    let is_ours = header.len() == 3
        && header.get("alg").and_then(Value::as_str) == Some(ALGORITHM)
        && header.get("typ").and_then(Value::as_str) == Some(TYPE);
    match header.remove("kid") {
        Some(Value::String(kid)) if is_ours && is_kid(&kid) => Ok(kid),
        _ => Err(JwtError::Header),
    }
}

/// Key ids are looked up, maybe in a database or a file, so they hold letters that mean nothing anywhere.
fn is_kid(kid: &str) -> bool {
    (1..=MAX_KID).contains(&kid.len())
        && kid
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
}
