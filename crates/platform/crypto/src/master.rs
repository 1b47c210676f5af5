//! The one secret of an installation. Everything sealed or tagged is so under a key made from it
//! and a purpose, so that what was made for one place means nothing in another.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD};
use kernel::Secret;
use zeroize::Zeroizing;

use crate::mac::Mac;
use crate::seal::Sealer;
use crate::{hexadecimal, random};

/// The one secret of an installation: 32 bytes that nobody can guess.
#[derive(Clone)]
pub struct MasterKey(Zeroizing<[u8; 32]>);

/// Why a text can't be the master key. The server refuses to start with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Nothing was given.
    #[error("the master key is empty")]
    Empty,
    /// Neither 64 hexadecimal digits nor base64 of 32 bytes.
    #[error("the master key must be 32 random bytes, as 64 hexadecimal digits or as base64")]
    Malformed,
    /// Of the right length, but somebody made it up.
    #[error("the master key is not random; make one with a generator, such as: openssl rand -base64 32")]
    Weak,
}

impl MasterKey {
    /// The key with these bytes, which the caller knows to be random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// A new key.
    pub fn generate() -> Self {
        Self(random::bytes())
    }

    /// Reads what an operator wrote down: hexadecimal or base64. Keys that were made up are refused.
    pub fn parse(text: &str) -> Result<Self, MasterKeyError> {
        let text = text.trim();
        if text.is_empty() {
            return Err(MasterKeyError::Empty);
        }
        let bytes = decode(text).ok_or(MasterKeyError::Malformed)?;
        if is_made_up(&bytes) {
            return Err(MasterKeyError::Weak);
        }
        Ok(Self(bytes))
    }

    /// The text that [`MasterKey::parse`] reads.
    pub fn to_text(&self) -> Secret<String> {
        Secret::new(STANDARD.encode(*self.0))
    }

    /// Seals values of one purpose.
    pub fn sealer(&self, purpose: &'static str) -> Sealer {
        Sealer::new(&self.subkey("seal", purpose))
    }

    /// Tags values of one purpose.
    pub fn mac(&self, purpose: &'static str) -> Mac {
        Mac::new(&self.subkey("mac", purpose))
    }

    /// HMAC is a pseudorandom function, so one block of it is a key (NIST SP 800-108, section 4).
    fn subkey(&self, usage: &str, purpose: &str) -> Zeroizing<[u8; 32]> {
        let parts = ["mainstay", usage, purpose].map(str::as_bytes);
        Zeroizing::new(Mac::new(&self.0).tag(&parts))
    }
}

impl fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKey([redacted])")
    }
}

fn decode(text: &str) -> Option<Zeroizing<[u8; 32]>> {
    let bytes = if text.len() == 64 {
        hexadecimal::decode(text)?
    } else {
        let engines = [&STANDARD, &STANDARD_NO_PAD, &URL_SAFE, &URL_SAFE_NO_PAD];
        engines.iter().find_map(|engine| engine.decode(text).ok())?
    };
    let bytes = Zeroizing::new(bytes);
    <[u8; 32]>::try_from(bytes.as_slice()).ok().map(Zeroizing::new)
}

/// Of 32 random bytes, about 30 differ from each other; fewer than 20 happens to none of us. Text,
/// a count and a pattern are what people type.
fn is_made_up(bytes: &[u8; 32]) -> bool {
    let mut distinct = bytes.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let is_text = bytes.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ');
    let mut steps = bytes.iter().zip(bytes.iter().skip(1));
    let mut step = steps.clone().map(|(one, next)| next.wrapping_sub(*one));
    let first = step.next();
    let is_count = steps.all(|(one, next)| Some(next.wrapping_sub(*one)) == first);
    let is_repeated = bytes.get(..16) == bytes.get(16..);
    distinct.len() < 20 || is_text || is_count || is_repeated
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let key = MasterKey::generate();
        let text = key.to_text();
        assert_eq!(MasterKey::parse(text.expose()).unwrap().0, key.0);
        assert_eq!(
            MasterKey::parse(&format!(" {}\n", text.expose())).unwrap().0,
            key.0
        );
        let (high, low) = key.0.split_first_chunk::<16>().unwrap();
        let low = u128::from_be_bytes(low.try_into().unwrap());
        let hexadecimal = format!("{:032x}{low:032x}", u128::from_be_bytes(*high));
        assert_eq!(MasterKey::parse(&hexadecimal).unwrap().0, key.0);
        assert_eq!(MasterKey::parse(&hexadecimal.to_uppercase()).unwrap().0, key.0);
        for engine in [STANDARD, STANDARD_NO_PAD, URL_SAFE, URL_SAFE_NO_PAD] {
            assert_eq!(MasterKey::parse(&engine.encode(*key.0)).unwrap().0, key.0);
        }
    }

    #[test]
    fn refuses_what_people_make_up() {
        assert_eq!(MasterKey::parse("").unwrap_err(), MasterKeyError::Empty);
        assert_eq!(MasterKey::parse(" \n").unwrap_err(), MasterKeyError::Empty);
        for text in [
            "secret",
            "changeme",
            "change-me-change-me-change-me-32",
            "c2VjcmV0",
            "é",
            "zz",
        ] {
            assert_eq!(
                MasterKey::parse(text).unwrap_err(),
                MasterKeyError::Malformed,
                "{text}"
            );
        }
        let mut count = [0; 32];
        for (place, byte) in (0..).zip(&mut count) {
            *byte = place;
        }
        let mut twice = *random::bytes::<32>();
        twice.copy_within(..16, 16);
        for bytes in [
            [0; 32],
            [255; 32],
            count,
            twice,
            *b"correct horse battery staple 123",
            *b"0123456789abcdefghijklmnopqrstuv",
        ] {
            let text = STANDARD.encode(bytes);
            assert_eq!(
                MasterKey::parse(&text).unwrap_err(),
                MasterKeyError::Weak,
                "{text}"
            );
        }
        let digits = "0123456789abcdef".repeat(4);
        assert_eq!(MasterKey::parse(&digits).unwrap_err(), MasterKeyError::Weak);
    }

    #[test]
    fn takes_every_generated_key() {
        for _ in 0..2000 {
            assert!(!is_made_up(&MasterKey::generate().0));
        }
    }

    #[test]
    fn keys_of_purposes_differ() {
        let key = MasterKey::from_bytes([3; 32]);
        let mail = key.subkey("seal", "mail");
        assert_ne!(*mail, *key.subkey("seal", "codes"));
        assert_ne!(*mail, *key.subkey("mac", "mail"));
        assert_ne!(*mail, *MasterKey::from_bytes([4; 32]).subkey("seal", "mail"));
        assert_eq!(*mail, *key.subkey("seal", "mail"));
    }

    #[test]
    fn does_not_print() {
        assert_eq!(format!("{:?}", MasterKey::generate()), "MasterKey([redacted])");
    }
}
