//! Secrets that are sent out and come back: one-time links, cookies, codes. The database holds their
//! hashes only, which is enough because nobody can guess 256 bits.

use kernel::Secret;
use sha2::{Digest as _, Sha256};

use crate::{armor, random};

/// What the database keeps of a secret of at least 128 random bits: SHA-256.
pub fn hash_secret(secret: &[u8]) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// A secret of 256 random bits, written `prefix_…` with a checksum.
pub struct OpaqueToken;

impl OpaqueToken {
    /// A new secret: its text for whoever is to have it, and its hash for the database.
    pub fn generate(prefix: &'static str) -> (Secret<String>, [u8; 32]) {
        let bytes = random::bytes::<32>();
        (
            armor::write(prefix, bytes.as_slice()),
            hash_secret(bytes.as_slice()),
        )
    }

    /// The hash to look for, when `text` is a token with this prefix. Texts that were cut, extended
    /// or changed in case are refused here (CVE-2026-27840).
    pub fn parse(prefix: &str, text: &str) -> Option<[u8; 32]> {
        armor::read::<32>(prefix, text).map(|bytes| hash_secret(bytes.as_slice()))
    }
}

/// A code of eight digits, to be typed. It is short: count the tries and let it expire.
pub fn numeric_code() -> Secret<String> {
    // 2^64 is no multiple of 10^8, but the odds of two codes differ by less than one in 10^11.
    let number = u64::from_be_bytes(*random::bytes()) % 100_000_000;
    Secret::new(format!("{number:08}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comes_back_as_its_hash() {
        let (text, hash) = OpaqueToken::generate("ms_ott");
        assert!(text.expose().starts_with("ms_ott_"));
        assert_eq!(text.expose().len(), "ms_ott_".len() + 43 + 6);
        assert_eq!(OpaqueToken::parse("ms_ott", text.expose()), Some(hash));
        assert_eq!(OpaqueToken::parse("ms_session", text.expose()), None);
        assert_ne!(OpaqueToken::generate("ms_ott").1, hash);
    }

    #[test]
    fn every_other_spelling_is_refused() {
        let (text, _) = OpaqueToken::generate("ms_ott");
        let text = text.expose().as_str();
        for length in 0..text.len() {
            assert_eq!(OpaqueToken::parse("ms_ott", &text[..length]), None, "{length}");
            assert_eq!(
                OpaqueToken::parse("ms_ott", &text[length + 1..]),
                None,
                "{length}"
            );
        }
        for end in ["a", "A", "=", "\0", "\n", "_", " ", "aaaa"] {
            assert_eq!(
                OpaqueToken::parse("ms_ott", &format!("{text}{end}")),
                None,
                "{end:?}"
            );
        }
        for place in 0..text.len() {
            let mut bytes = text.as_bytes().to_vec();
            if bytes[place].is_ascii_alphabetic() {
                bytes[place] ^= 0x20;
                let flipped = String::from_utf8(bytes).unwrap();
                assert_eq!(OpaqueToken::parse("ms_ott", &flipped), None, "{place}");
            }
        }
        assert_eq!(OpaqueToken::parse("ms_ott", &text.to_uppercase()), None);
        assert_eq!(OpaqueToken::parse("ms_ott", &"a".repeat(1_000_000)), None);
    }

    #[test]
    fn codes_are_eight_digits() {
        for _ in 0..1000 {
            let code = numeric_code();
            assert_eq!(code.expose().len(), 8);
            assert!(code.expose().bytes().all(|byte| byte.is_ascii_digit()));
        }
    }
}
