//! bcrypt, plain and as Django and WordPress prepare passwords for it, so that more than 72 bytes count.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256, Sha384};
use zeroize::Zeroizing;

use super::super::phc::number;
use super::{ForeignHashError, bound, require};

/// A cost of 14 takes about a second.
const COSTS: std::ops::RangeInclusive<u32> = 4..=14;

/// What is done to a password before.
#[derive(Clone, Copy)]
pub(super) enum Preparation {
    None,
    /// Django's `BCryptSHA256PasswordHasher`: SHA-256 in hexadecimal.
    Sha256,
    /// WordPress from 6.8 on: HMAC-SHA384 in base 64, of the password without blanks around.
    WordPress,
}

pub(super) struct BcryptHash {
    text: String,
    preparation: Preparation,
}

impl BcryptHash {
    pub(super) fn parse(text: &str, preparation: Preparation) -> Result<Self, ForeignHashError> {
        // `$2x$` is left out: it marks hashes of a faulty implementation.
        let rest = ["$2a$", "$2b$", "$2y$"]
            .into_iter()
            .find_map(|version| text.strip_prefix(version))
            .ok_or(ForeignHashError::Malformed)?;
        let (cost, digits) = rest.split_once('$').ok_or(ForeignHashError::Malformed)?;
        require(cost.len() == 2)?;
        bound(COSTS.contains(&number(cost, "")?))?;
        // Rejects what is no salt and hash. The cost has two digits, so the parts are where they belong.
        require(digits.len() == 53 && text.parse::<::bcrypt::HashParts>().is_ok())?;
        Ok(Self {
            text: text.to_owned(),
            preparation,
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let prepared = self.preparation.of(password);
        ::bcrypt::verify(prepared.as_slice(), &self.text).unwrap_or(false)
    }
}

impl Preparation {
    fn of(self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(match self {
            Self::None => password.to_vec(),
            Self::Sha256 => hexadecimal(&Sha256::digest(password)).into_bytes(),
            Self::WordPress => word_press(password).into_bytes(),
        })
    }
}

#[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
fn word_press(password: &[u8]) -> String {
    // What PHP's `trim` takes away.
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0 | 0x0B);
    let start = password.iter().take_while(|byte| is_blank(byte)).count();
    let rest = password.get(start..).unwrap_or_default();
    let blanks = rest.iter().rev().take_while(|byte| is_blank(byte)).count();
    let trimmed = rest.get(..rest.len() - blanks).unwrap_or_default();
    let mut mac = Hmac::<Sha384>::new_from_slice(b"wp-sha384").expect("a key of any length");
    mac.update(trimmed);
    STANDARD.encode(mac.finalize().into_bytes())
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
