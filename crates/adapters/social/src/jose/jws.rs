//! The compact form of a signed token (RFC 7515).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::EcdsaKeyPair;
use serde_json::{Map, Value};

use crate::jose::algorithm::Algorithm;
use crate::jose::json;

/// The longest token that is looked at.
const MAX_LENGTH: usize = 16 * 1024;

/// Headers that bring a key along, or change what the rest means: nobody needs them here, attacks do.
const REFUSED_HEADERS: [&str; 6] = ["crit", "jwk", "jku", "x5u", "b64", "enc"];

/// A token whose signature nobody has looked at yet.
#[derive(Debug)]
pub(crate) struct Jws {
    pub(crate) algorithm: Algorithm,
    pub(crate) key_id: Option<String>,
    /// What the signature is about.
    pub(crate) signed: String,
    pub(crate) signature: Vec<u8>,
    payload: Map<String, Value>,
}

impl Jws {
    /// Takes a token apart; says what is wrong with one that is none.
    pub(crate) fn parse(token: &str) -> Result<Self, &'static str> {
        if token.len() > MAX_LENGTH {
            return Err("the token is too long");
        }
        let parts: Vec<&str> = token.split('.').collect();
        let [header, payload, signature] = parts.as_slice() else {
            return Err("the token has not three parts");
        };
        let bytes = |part: &str| URL_SAFE_NO_PAD.decode(part).ok();
        let header = bytes(header)
            .and_then(|header| json::object(&header))
            .ok_or("the token's header is no JSON object")?;
        let (algorithm, key_id) = read_header(&header)?;
        Ok(Self {
            algorithm,
            key_id,
            signed: token
                .rsplit_once('.')
                .map(|(signed, _)| signed.to_owned())
                .unwrap_or_default(),
            signature: bytes(signature).ok_or("the token's signature is not base64url")?,
            payload: bytes(payload)
                .and_then(|payload| json::object(&payload))
                .ok_or("the token's payload is no JSON object")?,
        })
    }

    /// What it says, for those who have seen that its signature holds.
    pub(crate) fn into_payload(self) -> Map<String, Value> {
        self.payload
    }
}

fn read_header(header: &Map<String, Value>) -> Result<(Algorithm, Option<String>), &'static str> {
    if REFUSED_HEADERS.iter().any(|name| header.contains_key(*name)) {
        return Err("the token's header says more than it may");
    }
    let algorithm = header
        .get("alg")
        .and_then(Value::as_str)
        .and_then(Algorithm::of_name)
        .ok_or("the token's algorithm is not one of RS256, ES256 and EdDSA")?;
    // Other kinds of tokens are signed with the same keys; `typ` tells them apart (RFC 8725, section 3.11).
    let is_plain = header.get("typ").is_none_or(|kind| {
        let kind = kind.as_str().unwrap_or_default();
        kind.eq_ignore_ascii_case("JWT")
    });
    if !is_plain {
        return Err("the token is of another type than an ID token's");
    }
    match header.get("kid") {
        None => Ok((algorithm, None)),
        Some(Value::String(id)) => Ok((algorithm, Some(id.clone()))),
        Some(_) => Err("the token's key id is no text"),
    }
}

/// A token of our own, signed with ES256; `None` when the machine has no randomness to give.
pub(crate) fn es256(key: &EcdsaKeyPair, key_id: &str, payload: &Value) -> Option<String> {
    let header = serde_json::json!({ "alg": Algorithm::Es256.name(), "kid": key_id });
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(payload));
    let signature = key.sign(&SystemRandom::new(), signed.as_bytes()).ok()?;
    Some(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part(payload), part("signature"))
    }

    #[test]
    fn takes_a_token_apart() {
        let jws = Jws::parse(&token(
            r#"{"alg":"RS256","kid":"k","typ":"jwt","x5t":"x"}"#,
            r#"{"sub":"a"}"#,
        ));
        let jws = jws.unwrap();
        assert_eq!(
            (jws.algorithm, jws.key_id.as_deref()),
            (Algorithm::Rs256, Some("k"))
        );
        assert_eq!(jws.signature, b"signature");
        assert_eq!(jws.into_payload()["sub"], "a");
    }

    #[test]
    fn refuses_what_says_more_or_less() {
        for header in [
            "{}",
            r#"{"alg":"none"}"#,
            r#"{"alg":"None"}"#,
            r#"{"alg":""}"#,
            r#"{"alg":null}"#,
            r#"{"alg":["RS256"]}"#,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"RS512"}"#,
            r#"{"alg":"rs256"}"#,
            r#"{"alg":"RS256","alg":"none"}"#,
            r#"{"alg":"RS256","crit":["exp"]}"#,
            r#"{"alg":"RS256","jwk":{}}"#,
            r#"{"alg":"RS256","jku":"https://evil.example"}"#,
            r#"{"alg":"RS256","x5u":"https://evil.example"}"#,
            r#"{"alg":"RS256","b64":false}"#,
            r#"{"alg":"RS256","kid":1}"#,
            r#"{"alg":"RS256","typ":"at+jwt"}"#,
            r#"{"alg":"RS256","typ":"logout+jwt"}"#,
            "[]",
            "",
        ] {
            assert!(Jws::parse(&token(header, "{}")).is_err(), "{header}");
        }
        let good = token(r#"{"alg":"RS256"}"#, "{}");
        assert!(Jws::parse(&good).is_ok());
        for bad in [
            String::new(),
            "a.b".to_owned(),
            "..".to_owned(),
            format!("{good}."),
            format!("{good}="),
            format!(" {good}"),
            format!("{good}\n"),
            good.replace('.', ".."),
            token(r#"{"alg":"RS256"}"#, "[]"),
            token(r#"{"alg":"RS256"}"#, r#"{"sub":"a","sub":"b"}"#),
            token(
                r#"{"alg":"RS256"}"#,
                &format!("{{\"a\":\"{}\"}}", "x".repeat(16_000)),
            ),
        ] {
            assert!(Jws::parse(&bad).is_err(), "{bad}");
        }
    }
}
