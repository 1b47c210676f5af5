//! Ed25519 keys (RFC 8032). A key's id is its thumbprint, so that it can't name another key.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ed25519_dalek::Signer as _;
use serde_json::{Value, json};
use zeroize::Zeroizing;

use crate::random;
use crate::token::hash_secret;

/// A key that signs access tokens.
#[derive(Clone)]
pub struct SigningKey {
    key: ed25519_dalek::SigningKey,
    kid: String,
}

/// The public half of a [`SigningKey`].
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct PublicKey(ed25519_dalek::VerifyingKey);

impl SigningKey {
    /// A new key.
    pub fn generate() -> Self {
        Self::from_seed(&random::bytes())
    }

    /// The key with this seed, as [`SigningKey::seed`] gave it.
    pub fn from_seed(seed: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(seed);
        let kid = PublicKey(key.verifying_key()).kid();
        Self { key, kid }
    }

    /// What has to be kept of the key, sealed.
    pub fn seed(&self) -> Zeroizing<[u8; 32]> {
        Zeroizing::new(self.key.to_bytes())
    }

    /// The name of the key in the header of tokens and in the published set.
    pub fn kid(&self) -> &str {
        &self.kid
    }

    /// The half that others may know.
    pub fn public(&self) -> PublicKey {
        PublicKey(self.key.verifying_key())
    }

    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.key.sign(message).to_bytes()
    }
}

impl PublicKey {
    /// The key with these 32 bytes; `None` when they are no point of the curve, or one of the few weak ones
    /// for which anybody can sign.
    pub fn from_bytes(bytes: &[u8; 32]) -> Option<Self> {
        let key = ed25519_dalek::VerifyingKey::from_bytes(bytes).ok()?;
        (!key.is_weak()).then_some(Self(key))
    }

    /// The 32 bytes of the key.
    pub fn to_bytes(self) -> [u8; 32] {
        self.0.to_bytes()
    }

    /// The key of a JWK as [`PublicKey::jwk`] writes it.
    pub fn from_jwk(jwk: &Value) -> Option<Self> {
        let text = |name| jwk.get(name).and_then(Value::as_str);
        if text("kty")? != "OKP" || text("crv")? != "Ed25519" {
            return None;
        }
        let bytes = URL_SAFE_NO_PAD.decode(text("x")?).ok()?;
        Self::from_bytes(bytes.as_slice().try_into().ok()?)
    }

    /// The key as JSON for the published set (RFC 7517, RFC 8037).
    pub fn jwk(self) -> Value {
        json!({
            "kty": "OKP",
            "crv": "Ed25519",
            "x": URL_SAFE_NO_PAD.encode(self.0.as_bytes()),
            "kid": self.kid(),
            "use": "sig",
            "alg": "EdDSA",
        })
    }

    /// The thumbprint of RFC 7638 (RFC 8037, section 2): SHA-256 of the required members in order.
    pub fn kid(self) -> String {
        let x = URL_SAFE_NO_PAD.encode(self.0.as_bytes());
        let members = format!(r#"{{"crv":"Ed25519","kty":"OKP","x":"{x}"}}"#);
        URL_SAFE_NO_PAD.encode(hash_secret(members.as_bytes()))
    }

    /// Whether `signature` is that of the key over `message`. Strict: each message has one signature only,
    /// and weak keys have none.
    pub fn verify(self, message: &[u8], signature: &[u8]) -> bool {
        ed25519_dalek::Signature::from_slice(signature)
            .is_ok_and(|signature| self.0.verify_strict(message, &signature).is_ok())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SigningKey({}, [redacted])", self.kid)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PublicKey({})", self.kid())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thumbprint_is_that_of_rfc_8037() {
        let key = PublicKey::from_jwk(&json!({
            "kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
        }))
        .unwrap();
        assert_eq!(key.kid(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");
        assert_eq!(PublicKey::from_jwk(&key.jwk()), Some(key));
    }

    #[test]
    fn comes_back_from_its_seed() {
        let key = SigningKey::generate();
        let again = SigningKey::from_seed(&key.seed());
        assert_eq!(again.kid(), key.kid());
        assert_eq!(again.public(), key.public());
        assert!(!format!("{key:?}").contains(&format!("{:?}", key.seed()[0..4].to_vec())));
        assert!(again.public().verify(b"hello", &key.sign(b"hello")));
    }

    #[test]
    fn weak_and_foreign_keys_are_refused() {
        // The neutral point: every signature made of zeros holds for it, if one lets it.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert_eq!(PublicKey::from_bytes(&neutral), None);
        assert_eq!(PublicKey::from_bytes(&[0; 32]), None);
        let jwk = SigningKey::generate().public().jwk();
        for (name, value) in [
            ("kty", json!("EC")),
            ("crv", json!("X25519")),
            ("x", json!("AA")),
            ("x", json!(1)),
            ("kty", Value::Null),
        ] {
            let mut other = jwk.clone();
            other[name] = value;
            assert_eq!(PublicKey::from_jwk(&other), None, "{other}");
        }
        assert_eq!(PublicKey::from_jwk(&json!([])), None);
    }
}
