//! What an ID token must say (OpenID Connect Core 1.0, section 3.1.3.7).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::Timestamp;
use ring::digest::{SHA256, SHA512, digest};
use serde_json::{Map, Value};
use subtle::ConstantTimeEq as _;

use crate::jose::Algorithm;

/// How far the provider's clock may be ahead of ours, in seconds.
const LEEWAY: i64 = 60;

/// How long ago a token may have been issued that comes for a code, in seconds.
const MAX_AGE: i64 = 10 * 60;

/// The longest name of an account.
const MAX_SUBJECT: usize = 255;

/// The claims of a token whose signature holds.
pub(crate) type Claims = Map<String, Value>;

/// What they are measured by.
pub(crate) struct Expected<'a> {
    pub(crate) issuer: &'a str,
    /// Whom the token may be for: ourselves, and our apps where they get tokens by themselves.
    pub(crate) clients: &'a [&'a str],
    pub(crate) nonce: Nonce<'a>,
    pub(crate) issued: Issued,
    pub(crate) now: Timestamp,
}

/// What was asked with.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Nonce<'a> {
    /// It has to be there.
    Required(&'a str),
    /// The provider leaves it out; if it is there, it has to be this.
    IfPresent(&'a str),
}

/// When.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Issued {
    /// Just now, for the code.
    Now,
    /// Any time before it expires: an app may have kept it.
    BeforeExpiry,
}

/// Checks everything; says which rule is broken.
pub(crate) fn check(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    if claims.get("iss").and_then(Value::as_str) != Some(expected.issuer) {
        return Err("iss is another issuer");
    }
    check_audience(claims, expected.clients)?;
    check_times(claims, expected)?;
    check_nonce(claims, expected.nonce)?;
    subject(claims).map(|_| ())
}

/// The name of the account.
pub(crate) fn subject(claims: &Claims) -> Result<&str, &'static str> {
    let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
    if subject.is_empty() || subject.len() > MAX_SUBJECT || subject.chars().any(char::is_control) {
        return Err("sub names no account");
    }
    Ok(subject)
}

fn check_audience(claims: &Claims, clients: &[&str]) -> Result<(), &'static str> {
    let is_ours = |value: &Value| value.as_str().is_some_and(|name| clients.contains(&name));
    let has_others = match claims.get("aud") {
        Some(audience @ Value::String(_)) if is_ours(audience) => false,
        Some(Value::Array(audiences))
            if audiences.iter().all(Value::is_string) && audiences.iter().any(is_ours) =>
        {
            audiences.len() > 1
        }
        _ => return Err("aud is somebody else"),
    };
    match claims.get("azp") {
        Some(party) if !is_ours(party) => Err("azp is somebody else"),
        None if has_others => Err("azp is missing beside several audiences"),
        _ => Ok(()),
    }
}

fn check_times(claims: &Claims, expected: &Expected<'_>) -> Result<(), &'static str> {
    let now = expected.now.unix_seconds();
    let expires = seconds(claims, "exp")?.ok_or("exp is missing")?;
    let issued = seconds(claims, "iat")?.ok_or("iat is missing")?;
    if expires <= now {
        return Err("exp is over");
    }
    if issued > now.saturating_add(LEEWAY) {
        return Err("iat is in the future");
    }
    if expected.issued == Issued::Now && issued < now.saturating_sub(MAX_AGE) {
        return Err("iat is too long ago");
    }
    match seconds(claims, "nbf")? {
        Some(starts) if starts > now.saturating_add(LEEWAY) => Err("nbf is in the future"),
        _ => Ok(()),
    }
}

/// A NumericDate (RFC 7519, section 2), without what is below a second.
fn seconds(claims: &Claims, name: &str) -> Result<Option<i64>, &'static str> {
    let Some(value) = claims.get(name) else {
        return Ok(None);
    };
    let whole = value.as_i64().or_else(|| {
        let text = value.as_f64()?.trunc().to_string();
        text.parse().ok()
    });
    whole.map(Some).ok_or("a time is no number")
}

fn check_nonce(claims: &Claims, nonce: Nonce<'_>) -> Result<(), &'static str> {
    let (wanted, is_needed) = match nonce {
        Nonce::Required(wanted) => (wanted, true),
        Nonce::IfPresent(wanted) => (wanted, false),
    };
    match claims.get("nonce") {
        None if is_needed => Err("nonce is missing"),
        None => Ok(()),
        Some(said) => {
            let said = said.as_str().unwrap_or_default();
            let is_same = !said.is_empty() && bool::from(said.as_bytes().ct_eq(wanted.as_bytes()));
            is_same.then_some(()).ok_or("nonce is another")
        }
    }
}

/// That the access token beside is the one that the ID token was issued with: half of its hash (section
/// 3.1.3.6), by SHA-512 for Ed25519.
pub(crate) fn check_access_token(
    claims: &Claims,
    algorithm: Algorithm,
    access_token: &str,
) -> Result<(), &'static str> {
    let Some(said) = claims.get("at_hash") else {
        return Ok(());
    };
    let hash = match algorithm {
        Algorithm::Rs256 | Algorithm::Es256 => digest(&SHA256, access_token.as_bytes()),
        Algorithm::EdDsa => digest(&SHA512, access_token.as_bytes()),
    };
    let hash = hash.as_ref();
    let half = hash.get(..hash.len() / 2).unwrap_or_default();
    let is_same = said.as_str() == Some(URL_SAFE_NO_PAD.encode(half).as_str());
    is_same.then_some(()).ok_or("at_hash is another access token's")
}
