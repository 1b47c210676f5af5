//! Public keys as authenticators write them (RFC 9052 §7, RFC 9053), and what they sign.

use ciborium::Value;
use ring::signature::{
    ECDSA_P256_SHA256_ASN1, ED25519, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};

use crate::cbor;
use crate::fault::{Fault, require};

pub(crate) const ES256: i64 = -7;
pub(crate) const EDDSA: i64 = -8;
pub(crate) const RS256: i64 = -257;

const KEY_TYPE: i64 = 1;
const ALGORITHM: i64 = 3;

/// A public key of one of [`crate::ALGORITHMS`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum PublicKey {
    /// P-256: the point, uncompressed.
    Es256([u8; 65]),
    Ed25519([u8; 32]),
    Rs256 {
        modulus: Vec<u8>,
        exponent: Vec<u8>,
    },
}

impl PublicKey {
    /// A key that is all of `bytes`.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        match Self::read_first(bytes)? {
            (key, []) => Ok(key),
            _ => Err(Fault::PublicKey),
        }
    }

    /// The key that `bytes` begins with, and what follows it.
    ///
    /// §6.5.1: the key names its algorithm, and has no optional parameter beside. §7.1 step 20: the algorithm is
    /// one that was asked for; and it is the one of the key's type and curve, with parameters of its lengths.
    pub(crate) fn read_first(bytes: &[u8]) -> Result<(Self, &[u8]), Fault> {
        let (value, rest) = cbor::first(bytes).ok_or(Fault::PublicKey)?;
        let mut members = cbor::map(value).ok_or(Fault::PublicKey)?;
        let key = Self::of(&mut members).ok_or(Fault::PublicKey)?;
        require(members.is_empty(), Fault::PublicKey)?;
        Ok((key, rest))
    }

    fn of(members: &mut Vec<(Value, Value)>) -> Option<Self> {
        let kind = (number(members, KEY_TYPE)?, number(members, ALGORITHM)?);
        match kind {
            // Key type 2 (elliptic curve) with curve 1 (P-256). A compressed point has a boolean for -3.
            (2, ES256) if number(members, -1)? == 1 => {
                let mut point = [4; 65];
                let (x, y): ([u8; 32], [u8; 32]) = (fixed(members, -2)?, fixed(members, -3)?);
                for (place, byte) in point.iter_mut().skip(1).zip(x.into_iter().chain(y)) {
                    *place = byte;
                }
                Some(Self::Es256(point))
            }
            // Key type 1 (octets) with curve 6 (Ed25519).
            (1, EDDSA) if number(members, -1)? == 6 => fixed(members, -2).map(Self::Ed25519),
            // Key type 3 (RSA): 2048 to 8192 bits, which `ring` looks at once more.
            (3, RS256) => {
                let modulus = bytes(members, -1).filter(|bytes| (256..=1024).contains(&bytes.len()))?;
                let exponent = bytes(members, -2).filter(|bytes| (1..=4).contains(&bytes.len()))?;
                Some(Self::Rs256 { modulus, exponent })
            }
            _ => None,
        }
    }

    /// §7.2 step 21: the signature over `message` is this key's.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
        let verified = match self {
            Self::Es256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point).verify(message, signature)
            }
            Self::Ed25519(key) => UnparsedPublicKey::new(&ED25519, key).verify(message, signature),
            Self::Rs256 { modulus, exponent } => RsaPublicKeyComponents {
                n: modulus,
                e: exponent,
            }
            .verify(&RSA_PKCS1_2048_8192_SHA256, message, signature),
        };
        verified.map_err(|_| Fault::Signature)
    }
}

fn number(members: &mut Vec<(Value, Value)>, label: i64) -> Option<i64> {
    let value = cbor::take(members, &Value::from(label))?;
    value.into_integer().ok()?.try_into().ok()
}

fn bytes(members: &mut Vec<(Value, Value)>, label: i64) -> Option<Vec<u8>> {
    cbor::take(members, &Value::from(label))?.into_bytes().ok()
}

fn fixed(members: &mut Vec<(Value, Value)>, label: i64) -> Option<[u8; 32]> {
    bytes(members, label)?.try_into().ok()
}
