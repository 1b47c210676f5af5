//! PBKDF2 with SHA-1, SHA-256 and SHA-512: Django's `pbkdf2_sha256$600000$salt$hash`, passlib's
//! `$pbkdf2-sha256$29000$salt$hash` and `$pbkdf2-sha512$i=210000,l=64$salt$hash` of the PHC string format.

use ::pbkdf2::pbkdf2_hmac;
use sha1::Sha1;
use sha2::{Sha256, Sha512};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::phc;
use super::{ForeignHashError, bound, decode, number, require};

const MAX_ITERATIONS: u32 = 2_000_000;

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
    Sha512,
}

pub(super) struct Pbkdf2Hash {
    digest: Digest,
    iterations: u32,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl Pbkdf2Hash {
    pub(super) fn parse(text: &str) -> Result<Self, ForeignHashError> {
        let parts = text.strip_prefix('$').unwrap_or(text);
        let [name, cost, salt, hash] = phc::exactly(parts.split('$'))?;
        let is_django = parts.len() == text.len();
        let digest = match (name, is_django) {
            ("pbkdf2_sha1", true) | ("pbkdf2" | "pbkdf2-sha1", false) => Digest::Sha1,
            ("pbkdf2_sha256", true) | ("pbkdf2-sha256", false) => Digest::Sha256,
            ("pbkdf2_sha512", true) | ("pbkdf2-sha512", false) => Digest::Sha512,
            _ => return Err(ForeignHashError::Unknown),
        };
        let hash = decode(hash)?;
        let salt = if is_django {
            salt.as_bytes().to_vec()
        } else {
            decode(salt)?
        };
        require((1..=128).contains(&salt.len()) && (16..=64).contains(&hash.len()))?;
        let iterations = if is_django {
            number(cost)?
        } else {
            iterations(cost, hash.len())?
        };
        require(iterations >= 1)?;
        // Each piece as long as the digest is computed anew.
        let pieces = u32::try_from(hash.len().div_ceil(digest.length())).unwrap_or(u32::MAX);
        bound(iterations.saturating_mul(pieces) <= MAX_ITERATIONS)?;
        Ok(Self {
            digest,
            iterations,
            salt,
            hash,
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut hash = Zeroizing::new(vec![0; self.hash.len()]);
        let derive = match self.digest {
            Digest::Sha1 => pbkdf2_hmac::<Sha1>,
            Digest::Sha256 => pbkdf2_hmac::<Sha256>,
            Digest::Sha512 => pbkdf2_hmac::<Sha512>,
        };
        derive(password, &self.salt, self.iterations, &mut hash);
        hash.ct_eq(&self.hash).into()
    }
}

impl Digest {
    const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }
}

/// `29000`, `i=29000` or `i=29000,l=32`, where the length is that of the hash.
fn iterations(cost: &str, length: usize) -> Result<u32, ForeignHashError> {
    let Some((iterations, said)) = cost.split_once(',') else {
        return number(cost.strip_prefix("i=").unwrap_or(cost));
    };
    let said = phc::number(said, "l=")?;
    require(usize::try_from(said) == Ok(length))?;
    Ok(phc::number(iterations, "i=")?)
}
