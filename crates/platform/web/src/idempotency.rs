//! The caller's wish that a change be made once, however often it is asked for: `Idempotency-Key`
//! (draft-ietf-httpapi-idempotency-key-header-07). Here it is read and bound to the body; `guard` keeps it.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{OriginalUri, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method};
use kernel::context::Idempotency;
use kernel::{Actor, UserId};
use sha2::{Digest as _, Sha256};

use crate::body;
use crate::problem::ApiError;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// As long as a key may be.
pub(crate) const LONGEST_KEY: usize = 255;

/// What the layer knows before the handler runs, and where it finds afterwards what became of the key.
#[derive(Clone)]
struct Presented {
    fingerprint: [u8; 32],
    used: Arc<OnceLock<Arc<Idempotency>>>,
}

/// Whether the method may change something anew each time it is called.
pub(crate) fn takes_key(method: &Method) -> bool {
    method == Method::POST || method == Method::PATCH
}

/// Runs the handler; a caller who gave a key is told when the answer is that of an earlier request.
pub(crate) async fn answer(request: Request, next: Next) -> Response {
    if !request.headers().contains_key(IDEMPOTENCY_KEY) {
        return next.run(request).await;
    }
    let (mut parts, bytes) = match body::read(request).await {
        Ok(read) => read,
        Err(error) => return error.into_response(),
    };
    let presented = Presented {
        fingerprint: Sha256::digest(&bytes).into(),
        used: Arc::default(),
    };
    parts.extensions.insert(presented.clone());
    let mut response = next.run(Request::from_parts(parts, Body::from(bytes))).await;
    if presented.used.get().is_some_and(|key| key.is_replayed()) {
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The key of a request by an actor, for whom they act for, bound to what it counts for.
pub(crate) fn of(
    parts: &Parts,
    (actor, on_behalf_of): (Actor, Option<UserId>),
    ip: Option<IpAddr>,
) -> Result<Option<Arc<Idempotency>>, ApiError> {
    let Some(presented) = parts.extensions.get::<Presented>() else {
        return Ok(None);
    };
    let key = read_key(parts)?;
    let path = parts
        .extensions
        .get::<OriginalUri>()
        .map_or(parts.uri.path(), |uri| uri.path());
    let mut scope = format!("{} {} {path}", name(actor, ip), parts.method);
    if let Some(person) = on_behalf_of {
        // What staff did as one person is no answer to what they do as another.
        scope.insert_str(0, &format!("{person} by "));
    }
    let key = Arc::new(Idempotency::new(scope, key, presented.fingerprint));
    Ok(Some(Arc::clone(presented.used.get_or_init(|| key))))
}

/// Strangers are told apart by their address, lest one meets another's answer.
fn name(actor: Actor, ip: Option<IpAddr>) -> String {
    match (actor, ip) {
        (Actor::User(user), _) => user.to_string(),
        (Actor::ApiKey(key), _) => key.to_string(),
        (Actor::System, _) => "system".to_owned(),
        (Actor::Anonymous, Some(ip)) => format!("anonymous@{ip}"),
        (Actor::Anonymous, None) => "anonymous".to_owned(),
    }
}

fn read_key(parts: &Parts) -> Result<String, ApiError> {
    let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
    let (first, second) = (values.next(), values.next());
    let text = first
        .filter(|_| second.is_none())
        .and_then(|value| value.to_str().ok());
    text.and_then(parse_key).ok_or_else(|| {
        let detail = "Idempotency-Key takes one key of 1 to 255 visible ASCII characters, quoted or bare";
        ApiError::malformed("malformed_idempotency_key", detail)
    })
}

/// The draft asks for a quoted string (RFC 8941 §3.3.3), most clients send it bare; both are the same key.
fn parse_key(text: &str) -> Option<String> {
    let text = text.trim_matches([' ', '\t']);
    let key = match text.strip_prefix('"') {
        Some(rest) => unquote(rest.strip_suffix('"')?)?,
        None => text.to_owned(),
    };
    let is_visible = key.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    (is_visible && (1..=LONGEST_KEY).contains(&key.len())).then_some(key)
}

fn unquote(inner: &str) -> Option<String> {
    let mut key = String::with_capacity(inner.len());
    let mut letters = inner.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return None,
            '\\' => key.push(letters.next().filter(|escaped| matches!(escaped, '"' | '\\'))?),
            _ => key.push(letter),
        }
    }
    Some(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_and_bare_are_the_same_key() {
        for text in ["abc-123", "\"abc-123\"", " abc-123 "] {
            assert_eq!(parse_key(text).as_deref(), Some("abc-123"), "{text}");
        }
        assert_eq!(parse_key(r#""a\"b\\c""#).as_deref(), Some(r#"a"b\c"#));
    }

    #[test]
    fn refuses_keys_that_are_none() {
        let long = "k".repeat(256);
        for text in [
            "", "\"\"", "\"", "\"a", "\"a\"b\"", r#""a\x""#, "é", "a\tb", &long,
        ] {
            assert_eq!(parse_key(text), None, "{text}");
        }
        assert!(parse_key(&"k".repeat(255)).is_some());
    }
}
