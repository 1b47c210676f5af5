//! The key that signs, and its other half as DNS tells it.

use ring::rand::SystemRandom;
use ring::signature::{Ed25519KeyPair, KeyPair as _, RSA_PKCS1_SHA256, RsaKeyPair};
use rustls_pki_types::PrivatePkcs8KeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::DkimError;

pub(super) enum Key {
    Rsa(Box<RsaKeyPair>),
    Ed25519(Box<Ed25519KeyPair>),
}

impl Key {
    pub(super) fn from_pem(pem: &str) -> Result<Self, DkimError> {
        let der = PrivatePkcs8KeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| DkimError::Pem)?;
        let der = der.secret_pkcs8_der();
        // Unchecked against a public key beside it, because OpenSSL writes none.
        if let Ok(key) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self::Ed25519(Box::new(key)));
        }
        let key = RsaKeyPair::from_pkcs8(der).map_err(|_| DkimError::Key)?;
        Ok(Self::Rsa(Box::new(key)))
    }

    /// `k=` in DNS, and the first half of `a=` in a signature.
    pub(super) const fn kind(&self) -> &'static str {
        match self {
            Self::Rsa(_) => "rsa",
            Self::Ed25519(_) => "ed25519",
        }
    }

    /// Both sign the SHA-256 hash of `input`: RSA as part of its padding, Ed25519 as if it were the message
    /// (RFC 8463 §3).
    pub(super) fn sign(&self, input: &[u8]) -> Result<Vec<u8>, DkimError> {
        match self {
            Self::Ed25519(key) => {
                let hash = ring::digest::digest(&ring::digest::SHA256, input);
                Ok(key.sign(hash.as_ref()).as_ref().to_vec())
            }
            Self::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), input, &mut signature)
                    .map_err(|_| DkimError::Signing)?;
                Ok(signature)
            }
        }
    }

    /// What `p=` holds: the bare key for Ed25519 (RFC 8463 §4.2), for RSA a SubjectPublicKeyInfo, as everybody
    /// publishes it (RFC 6376, erratum 3017).
    pub(super) fn published(&self) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.public_key().as_ref().to_vec(),
            Self::Rsa(key) => subject_public_key_info(key.public_key().as_ref()),
        }
    }
}

/// `SEQUENCE { SEQUENCE { rsaEncryption, NULL }, BIT STRING { key } }` (RFC 5280 §4.1).
fn subject_public_key_info(key: &[u8]) -> Vec<u8> {
    /// 1.2.840.113549.1.1.1 and its `NULL`.
    const RSA_ENCRYPTION: [u8; 15] = [
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    ];
    const BIT_STRING: u8 = 0x03;
    const SEQUENCE: u8 = 0x30;
    let bits = [&[0], key].concat();
    let content = [&RSA_ENCRYPTION[..], &der(BIT_STRING, &bits)].concat();
    der(SEQUENCE, &content)
}

fn der(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = content.len().to_be_bytes();
    let length: Vec<u8> = length.into_iter().skip_while(|byte| *byte == 0).collect();
    let mut der = vec![tag];
    match (content.len(), u8::try_from(length.len())) {
        (128.., Ok(count)) => der.push(0x80 | count),
        (0, _) => der.push(0),
        _ => {}
    }
    der.extend(length);
    der.extend(content);
    der
}
