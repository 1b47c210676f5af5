//! Access tokens: RFC 9068 in its strictest reading, signed with Ed25519 and nothing else.
//!
//! The compact form is written and read here, by a hundred lines over `ed25519-dalek`, and not by a JWT
//! library: the one we would take needs `rsa` or `aws-lc` for Ed25519, and what a library accepts beyond
//! our one algorithm, header and set of claims is exactly what attacks are made of (RFC 8725).

mod claims;
mod header;
mod key;
mod object;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kernel::{Failure, FailureKind};

pub use claims::{AccessClaims, Expected};
pub use key::{PublicKey, SigningKey};

/// The longest token that is looked at; ours are a tenth of it.
const MAX_LENGTH: usize = 8 * 1024;

/// Why a token is none of ours. Callers are told `invalid_token` for all of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum JwtError {
    /// Not three parts of base64url with JSON objects in the first two, or far too long.
    #[error("the token is not a signed JWT")]
    Malformed,
    /// The header asks for anything but `at+jwt`, `EdDSA` and a key id.
    #[error("the token's header is not that of an access token")]
    Header,
    /// No key of ours has this id, or none any more.
    #[error("the token's key is unknown")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the token's signature does not hold")]
    Signature,
    /// A claim is missing, there twice, or not of its type.
    #[error("the token's claims are not those of an access token")]
    Claims,
    /// Another installation signed it.
    #[error("the token's issuer is another")]
    Issuer,
    /// It is meant for somebody else.
    #[error("the token is for another audience")]
    Audience,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// Its time is over.
    #[error("the token has expired")]
    Expired,
}

/// The compact form of `claims`, signed. The lifetime is whole seconds: what is below is cut off.
pub fn sign(key: &SigningKey, claims: &AccessClaims) -> String {
    let mut token = URL_SAFE_NO_PAD.encode(header::write(key.kid()));
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(claims.to_json().to_string(), &mut token);
    let signature = key.sign(token.as_bytes());
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    token
}

/// The claims of a token that is ours, for us, and valid at this moment. `keys` finds a key by its id.
///
/// Nothing in the token is believed before its signature holds, but for the id of the key; nothing in it
/// says where a key is or which algorithm is to be used.
pub fn verify(
    token: &str,
    keys: &impl Fn(&str) -> Option<PublicKey>,
    expected: &Expected<'_>,
) -> Result<AccessClaims, JwtError> {
    let payload = verify_signature(token, keys)?;
    AccessClaims::read(&payload, expected)
}

fn verify_signature(token: &str, keys: &impl Fn(&str) -> Option<PublicKey>) -> Result<Vec<u8>, JwtError> {
    if token.len() > MAX_LENGTH {
        return Err(JwtError::Malformed);
    }
    let (signed, signature) = token.rsplit_once('.').ok_or(JwtError::Malformed)?;
    let (header, payload) = signed.split_once('.').ok_or(JwtError::Malformed)?;
    let [header, payload, signature] = [decode(header)?, decode(payload)?, decode(signature)?];
    let kid = header::read(&header)?;
    let key = keys(&kid).ok_or(JwtError::UnknownKey)?;
    if !key.verify(signed.as_bytes(), &signature) {
        return Err(JwtError::Signature);
    }
    Ok(payload)
}

/// A fourth part fails here, since a full stop is no letter of base64url; so do padding and spare bits.
fn decode(part: &str) -> Result<Vec<u8>, JwtError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| JwtError::Malformed)
}

impl Failure for JwtError {
    fn kind(&self) -> FailureKind {
        FailureKind::Unauthenticated
    }

    fn code(&self) -> &'static str {
        "invalid_token"
    }
}
#[cfg(test)]
mod tests;
#[cfg(test)]
mod wycheproof;
