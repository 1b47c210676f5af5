//! Keys that a provider publishes (RFC 7517), and what they are good for.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use serde_json::{Map, Value};

use crate::jose::algorithm::Algorithm;
use crate::jose::json;
use crate::jose::jws::Jws;

/// The most keys of one provider that are looked at.
const MAX_KEYS: usize = 100;

/// The keys of one provider.
#[derive(Debug, Clone)]
pub(crate) struct KeySet(Vec<Key>);

#[derive(Debug, Clone)]
struct Key {
    id: Option<String>,
    material: Material,
}

#[derive(Debug, Clone)]
enum Material {
    Rsa { n: Vec<u8>, e: Vec<u8> },
    P256 { point: Vec<u8> },
    Ed25519 { x: Vec<u8> },
}

/// Why no key speaks for a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unproven {
    /// There is no such key; perhaps there is by now.
    UnknownKey,
    /// There is, and it did not sign this.
    WrongSignature,
}

impl KeySet {
    /// Reads a set. Keys that are not understood are left out, as the RFC says; a set without any other is
    /// none.
    pub(crate) fn read(json: &[u8]) -> Option<Self> {
        let set = json::object(json)?;
        let keys = set.get("keys")?.as_array()?.iter().take(MAX_KEYS);
        let keys: Vec<Key> = keys.filter_map(|key| Key::read(key.as_object()?)).collect();
        (!keys.is_empty()).then_some(Self(keys))
    }

    /// Whether a key of this set signed `token`. Without a key id there must be one key only that could have.
    pub(crate) fn prove(&self, token: &Jws) -> Result<(), Unproven> {
        let fitting: Vec<&Key> = self
            .0
            .iter()
            .filter(|key| key.material.algorithm() == token.algorithm)
            .filter(|key| token.key_id.is_none() || key.id == token.key_id)
            .collect();
        if fitting.is_empty() || (token.key_id.is_none() && fitting.len() > 1) {
            return Err(Unproven::UnknownKey);
        }
        let is_signed = fitting.iter().any(|key| key.material.has_signed(token));
        is_signed.then_some(()).ok_or(Unproven::WrongSignature)
    }
}

impl Key {
    fn read(key: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| key.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        let material = match (text("kty")?, text("crv")) {
            ("RSA", _) => Material::Rsa {
                n: bytes("n")?,
                e: bytes("e")?,
            },
            ("EC", Some("P-256")) => Material::p256(&bytes("x")?, &bytes("y")?)?,
            ("OKP", Some("Ed25519")) => Material::Ed25519 { x: bytes("x")? },
            _ => return None,
        };
        let says_otherwise = |name: &str, ours: &str| key.get(name).is_some_and(|said| said != ours);
        let is_for_signatures = key.get("key_ops").is_none_or(|uses| {
            let uses = uses.as_array().map(Vec::as_slice).unwrap_or_default();
            uses.iter().any(|its_use| its_use == "verify")
        });
        if says_otherwise("alg", material.algorithm().name())
            || says_otherwise("use", "sig")
            || !is_for_signatures
        {
            return None;
        }
        Some(Self {
            id: text("kid").map(str::to_owned),
            material,
        })
    }
}

impl Material {
    /// The point uncompressed, as ring wants it; that it is on the curve is ring's to check.
    fn p256(x: &[u8], y: &[u8]) -> Option<Self> {
        if x.len() != 32 || y.len() != 32 {
            return None;
        }
        let point = [&[4], x, y].concat();
        Some(Self::P256 { point })
    }

    const fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa { .. } => Algorithm::Rs256,
            Self::P256 { .. } => Algorithm::Es256,
            Self::Ed25519 { .. } => Algorithm::EdDsa,
        }
    }

    fn has_signed(&self, token: &Jws) -> bool {
        let (message, signature) = (token.signed.as_bytes(), token.signature.as_slice());
        let verified = match self {
            Self::Rsa { n, e } => {
                let key = RsaPublicKeyComponents { n, e };
                key.verify(&RSA_PKCS1_2048_8192_SHA256, message, signature)
            }
            Self::P256 { point } => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature)
            }
            Self::Ed25519 { x } => UnparsedPublicKey::new(&ED25519, x).verify(message, signature),
        };
        verified.is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(keys: &str) -> usize {
        KeySet::read(format!("{{\"keys\":{keys}}}").as_bytes()).map_or(0, |set| set.0.len())
    }

    #[test]
    fn reads_keys_for_our_algorithms_only() {
        let x = URL_SAFE_NO_PAD.encode([7; 32]);
        let ed = format!("\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{x}\"");
        let ec = format!("\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"{x}\",\"y\":\"{x}\"");
        let rsa = "\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"";
        assert_eq!(count(&format!("[{{{ed}}},{{{ec}}},{{{rsa}}}]")), 3);
        for key in [
            format!("{{{ed},\"use\":\"enc\"}}"),
            format!("{{{ed},\"alg\":\"RS256\"}}"),
            format!("{{{rsa},\"alg\":\"RS512\"}}"),
            format!("{{{rsa},\"alg\":\"HS256\"}}"),
            format!("{{{ec},\"key_ops\":[\"sign\"]}}"),
            format!("{{{ec},\"x\":\"{x}\"}}"),
            format!("{{\"kty\":\"oct\",\"k\":\"{x}\"}}"),
            format!("{{\"kty\":\"EC\",\"crv\":\"secp256k1\",\"x\":\"{x}\",\"y\":\"{x}\"}}"),
            "{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQAB\",\"y\":\"AQAB\"}".to_owned(),
            format!("{{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"{x}=\"}}"),
            "1".to_owned(),
        ] {
            assert_eq!(count(&format!("[{key}]")), 0, "{key}");
        }
        assert_eq!(
            count(&format!("[{{\"kty\":\"new\"}},{{{ed},\"alg\":\"EdDSA\"}}]")),
            1
        );
        assert!(KeySet::read(b"[]").is_none() && KeySet::read(b"{\"keys\":{}}").is_none());
    }

    #[test]
    fn takes_no_key_of_rsa_below_2048_bits() {
        // Made with OpenSSL: 1024 bits, the signature is right.
        let n = "17Sxlq6g1zODaBMCr10m6eejOHm0_yMIUfJlcdWZYnxOQqF0QtlFeA7tUSAJJzHoNk1mNDvMbFgyLVCCsq7kpslrDEqT9uvLtVXKSLwK0PWV4Rn3_HiQMJv4QCuh4wQb3kgsG9M4Oy5NAsGqISufnhMiLnRPaLaTzLajt0ISA20";
        let token = "eyJhbGciOiJSUzI1NiIsImtpZCI6InNtYWxsIn0.e30.HTah7VgNwtXSBo-mjl-RQg56OYCv5AhN1s7XinHZnI8rHJ7DpjJAzGZAL6YvMDU1NdMCEScCRfvoBmcxGlbxdPKGGditJxf9MXUufcdzr_S0heZBliBfZ0-2BTG9XKL4MYyXWSDMrSijSizhGXLOG0ApcgSPehiOB_cCfm8zmz8";
        let keys =
            format!("{{\"keys\":[{{\"kty\":\"RSA\",\"kid\":\"small\",\"n\":\"{n}\",\"e\":\"AQAB\"}}]}}");
        let keys = KeySet::read(keys.as_bytes()).unwrap();
        let token = Jws::parse(token).unwrap();
        assert_eq!(keys.prove(&token), Err(Unproven::WrongSignature));
    }
}
