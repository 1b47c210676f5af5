//! Keys of providers, and of those who would like to be.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::rsa::PublicKeyComponents;
use ring::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair,
};
use serde_json::{Value, json};

/// Made for these tests and used nowhere else.
const RSA_KEYS: [&[u8]; 2] = [include_bytes!("rsa_1.der"), include_bytes!("rsa_2.der")];

pub(super) struct Signer {
    id: &'static str,
    key: Key,
}

enum Key {
    Rsa(RsaKeyPair),
    P256(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
}

impl Signer {
    pub(super) fn rsa(id: &'static str, which: usize) -> Self {
        let key = RsaKeyPair::from_pkcs8(RSA_KEYS[which]).unwrap();
        Self {
            id,
            key: Key::Rsa(key),
        }
    }

    pub(super) fn p256(id: &'static str) -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref(), &random);
        Self {
            id,
            key: Key::P256(key.unwrap()),
        }
    }

    pub(super) fn ed25519(id: &'static str) -> Self {
        let document = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        let key = Ed25519KeyPair::from_pkcs8(document.as_ref()).unwrap();
        Self {
            id,
            key: Key::Ed25519(key),
        }
    }

    pub(super) fn algorithm(&self) -> &'static str {
        match self.key {
            Key::Rsa(_) => "RS256",
            Key::P256(_) => "ES256",
            Key::Ed25519(_) => "EdDSA",
        }
    }

    pub(super) fn jwk(&self) -> Value {
        let text = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        match &self.key {
            Key::Rsa(key) => {
                let public: PublicKeyComponents<Vec<u8>> = key.public().into();
                json!({ "kty": "RSA", "kid": self.id, "use": "sig", "alg": "RS256",
                    "n": text(&public.n), "e": text(&public.e) })
            }
            Key::P256(key) => {
                let point = key.public_key().as_ref();
                json!({ "kty": "EC", "crv": "P-256", "kid": self.id,
                    "x": text(&point[1..33]), "y": text(&point[33..]) })
            }
            Key::Ed25519(key) => {
                json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.id, "x": text(key.public_key().as_ref()) })
            }
        }
    }

    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_under(
            &json!({ "alg": self.algorithm(), "kid": self.id, "typ": "JWT" }),
            claims,
        )
    }

    pub(super) fn sign_under(&self, header: &Value, claims: &Value) -> String {
        let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let signed = format!("{}.{}", part(header), part(claims));
        let (random, message) = (SystemRandom::new(), signed.as_bytes());
        let signature = match &self.key {
            Key::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature)
                    .unwrap();
                signature
            }
            Key::P256(key) => key.sign(&random, message).unwrap().as_ref().to_vec(),
            Key::Ed25519(key) => key.sign(message).as_ref().to_vec(),
        };
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}
