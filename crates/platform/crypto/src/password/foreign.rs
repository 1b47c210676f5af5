//! Hashes that other systems made of their users' passwords, so that people can be brought along. They are
//! verified once: whoever signs in gets a hash of ours in its place.
//!
//! They were made of the password as it was typed, so it is compared like that and not in the spelling that
//! ours are made of. Each format has bounds on the work that it may ask for, and they are checked before
//! anything is done. Many formats are weak by now, so what is kept is sealed under the master key: a copy of
//! the database alone is of no use to somebody who guesses.

mod argon;
mod bcrypt;
mod firebase;
mod pbkdf2;
mod phpass;
mod scrypt;
#[cfg(test)]
mod tests;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use kernel::Secret;

use self::argon::ArgonHash;
use self::bcrypt::{BcryptHash, Preparation};
use self::firebase::FirebaseHash;
use self::pbkdf2::Pbkdf2Hash;
use self::phpass::PhpassHash;
use self::scrypt::ScryptHash;
use super::phc::Unreadable;
use crate::master::MasterKey;
use crate::seal::Sealer;

pub use self::firebase::FirebaseParameters;

/// What stands before a foreign hash where it is kept. No format of ours begins with it.
const MARK: &str = "foreign:";

/// No format needs more.
const LONGEST: usize = 1024;

const BASE64: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// What another system kept of a password: readable, and no more work to verify than is bearable.
pub struct ForeignHash {
    text: Secret<String>,
    scheme: Scheme,
}

enum Scheme {
    Argon(ArgonHash),
    Bcrypt(BcryptHash),
    Firebase(FirebaseHash),
    Pbkdf2(Pbkdf2Hash),
    Phpass(PhpassHash),
    Scrypt(ScryptHash),
}

/// Why a hash can't be brought along. Says nothing of the hash itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ForeignHashError {
    /// It is none of the formats that are read.
    #[error("this is no format of password hashes that can be imported")]
    Unknown,
    /// It begins like one of the formats, and goes on differently.
    #[error("the hash is not as its format has it")]
    Malformed,
    /// Verifying it would take too long or too much memory.
    #[error("the hash asks for more work than is done for a sign-in")]
    TooCostly,
}

impl ForeignHashError {
    /// Stable code of the error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unknown => "unknown_hash_format",
            Self::Malformed => "malformed_hash",
            Self::TooCostly => "hash_too_costly",
        }
    }
}

impl From<Unreadable> for ForeignHashError {
    fn from(_: Unreadable) -> Self {
        Self::Malformed
    }
}

/// Keeps foreign hashes sealed, and opens them again. Cheap to clone.
#[derive(Clone)]
pub struct ForeignHashes {
    sealer: Sealer,
}

impl ForeignHashes {
    /// Sealed under the installation's key.
    pub fn new(master: &MasterKey) -> Self {
        Self {
            sealer: master.sealer("foreign password hashes"),
        }
    }

    /// The text to keep of a hash; [`super::PasswordHasher::verify`] takes it like any other.
    pub fn keep(&self, hash: &ForeignHash) -> String {
        let sealed = self.sealer.seal(hash.text.expose().as_bytes(), MARK.as_bytes());
        format!("{MARK}{}", URL_SAFE_NO_PAD.encode(sealed))
    }

    /// The hash of which `kept` is kept; `None` when it is none, or was sealed under another key.
    pub(super) fn open(&self, kept: &str) -> Option<ForeignHash> {
        let sealed = URL_SAFE_NO_PAD.decode(kept.strip_prefix(MARK)?).ok()?;
        let text = self.sealer.open(&sealed, MARK.as_bytes())?;
        std::str::from_utf8(&text).ok()?.parse().ok()
    }
}

impl ForeignHash {
    /// A hash of Firebase Authentication, which comes apart from its salt and the project's parameters.
    pub fn firebase(
        parameters: &FirebaseParameters,
        salt: &str,
        hash: &str,
    ) -> Result<Self, ForeignHashError> {
        parameters.text(salt, hash)?.parse()
    }

    /// Whether it was made of this password; `None` when the memory is not to be had.
    pub(super) fn matches(&self, password: &str) -> Option<bool> {
        let password = password.as_bytes();
        match &self.scheme {
            Scheme::Argon(hash) => hash.matches(password),
            Scheme::Bcrypt(hash) => Some(hash.matches(password)),
            Scheme::Firebase(hash) => hash.matches(password),
            Scheme::Pbkdf2(hash) => Some(hash.matches(password)),
            Scheme::Phpass(hash) => Some(hash.matches(password)),
            Scheme::Scrypt(hash) => hash.matches(password),
        }
    }
}

impl FromStr for ForeignHash {
    type Err = ForeignHashError;

    fn from_str(text: &str) -> Result<Self, ForeignHashError> {
        if text.len() > LONGEST {
            return Err(ForeignHashError::Malformed);
        }
        Ok(Self {
            scheme: Scheme::parse(text)?,
            text: Secret::new(text.to_owned()),
        })
    }
}

impl Scheme {
    /// Django puts the name of its hasher in front, and WordPress its own.
    fn parse(text: &str) -> Result<Self, ForeignHashError> {
        if let Some(rest) = text.strip_prefix("bcrypt_sha256$") {
            return BcryptHash::parse(rest, Preparation::Sha256).map(Self::Bcrypt);
        }
        if let Some(rest) = text.strip_prefix("$wp").filter(|rest| rest.starts_with('$')) {
            return BcryptHash::parse(rest, Preparation::WordPress).map(Self::Bcrypt);
        }
        let text = text
            .strip_prefix("bcrypt$")
            .or_else(|| text.strip_prefix("argon2"))
            .filter(|rest| rest.starts_with('$'))
            .unwrap_or(text);
        // `argon2$argon2id$…` has lost its name, and its next part may only be one.
        match text.trim_start_matches('$').split('$').next() {
            Some("2a" | "2b" | "2y") => BcryptHash::parse(text, Preparation::None).map(Self::Bcrypt),
            Some("argon2i" | "argon2id") => ArgonHash::parse(text).map(Self::Argon),
            Some("scrypt") => ScryptHash::parse(text).map(Self::Scrypt),
            Some("P" | "H") => PhpassHash::parse(text).map(Self::Phpass),
            Some("firebase") => FirebaseHash::parse(text).map(Self::Firebase),
            Some(name) if name.starts_with("pbkdf2") => Pbkdf2Hash::parse(text).map(Self::Pbkdf2),
            _ => Err(ForeignHashError::Unknown),
        }
    }
}

impl fmt::Debug for ForeignHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ForeignHash")
    }
}

/// Whether a stored text is a foreign hash.
pub(super) fn is_foreign(kept: &str) -> bool {
    kept.starts_with(MARK)
}

/// Base 64 as the formats have it: with padding or without, `+` or passlib's `.` or the `-` of addresses.
fn decode(text: &str) -> Result<Vec<u8>, ForeignHashError> {
    let text: String = text
        .chars()
        .map(|letter| match letter {
            '.' | '-' => '+',
            '_' => '/',
            letter => letter,
        })
        .collect();
    BASE64.decode(text).map_err(|_| ForeignHashError::Malformed)
}

fn encode(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Digits and nothing else.
fn number(text: &str) -> Result<u32, ForeignHashError> {
    Ok(super::phc::number(text, "")?)
}

/// The text is as its format has it, if `is_so`.
fn require(is_so: bool) -> Result<(), ForeignHashError> {
    if is_so {
        Ok(())
    } else {
        Err(ForeignHashError::Malformed)
    }
}

/// The work is bearable, if `is_so`.
fn bound(is_so: bool) -> Result<(), ForeignHashError> {
    if is_so {
        Ok(())
    } else {
        Err(ForeignHashError::TooCostly)
    }
}
