//! Work that a sign-up costs its sender: finding a number whose hash together with the challenge begins with
//! so many zero bits, as [Hashcash](http://www.hashcash.org/papers/hashcash.pdf) does. No third party takes
//! part, and nothing is stored until a challenge is spent.
//!
//! A challenge is an id that holds the moment it was made, the bits, and a tag over both under the master key. It
//! is bound to no address and no network: telephones change theirs, and a challenge buys one sign-up, whoever
//! solves it.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use crypto::{Mac, hash_secret};
use kernel::Timestamp;
use uuid::Uuid;

use crate::config::sign_up::ChallengeBits;
use crate::error::IdentityError;

/// How long a challenge can be solved and spent.
const CHALLENGE_LIFETIME: Duration = Duration::from_mins(10);

/// The longest number that is looked at.
const LONGEST_NONCE: usize = 20;

/// An id and the bits.
const SAID: usize = 17;

/// A challenge for a browser.
#[derive(Debug, Clone)]
pub struct Challenge {
    /// Its text.
    pub text: String,
    /// How many zero bits the hash begins with.
    pub bits: ChallengeBits,
    /// For how long.
    pub expires_in: Duration,
}

/// A challenge and the number that solves it.
#[derive(Debug, Clone)]
pub struct Solution {
    /// The text of the challenge.
    pub challenge: String,
    /// Digits.
    pub nonce: String,
}

/// A challenge that was solved, to be spent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Work {
    pub(in crate::admission) challenge_hash: [u8; 32],
    pub(in crate::admission) expires_at: Timestamp,
}

/// Makes challenges and knows them again.
#[derive(Clone)]
pub(crate) struct Challenges {
    mac: Mac,
    bits: ChallengeBits,
}

impl Challenges {
    pub(crate) const fn new(mac: Mac, bits: ChallengeBits) -> Self {
        Self { mac, bits }
    }

    /// The challenge of `id`, which was made just now and is used for nothing else.
    pub(crate) fn make(&self, id: Uuid) -> Challenge {
        let mut bytes = id.as_bytes().to_vec();
        bytes.push(self.bits.get());
        bytes.extend(self.mac.tag(&[&bytes]));
        Challenge {
            text: URL_SAFE_NO_PAD.encode(bytes),
            bits: self.bits,
            expires_in: CHALLENGE_LIFETIME,
        }
    }

    /// Whether the challenge is ours, holds, asks for no less than challenges do now, and is solved.
    pub(crate) fn check(&self, solution: &Solution, now: Timestamp) -> Result<Work, IdentityError> {
        self.work(solution, now).ok_or(IdentityError::ChallengeInvalid)
    }

    fn work(&self, solution: &Solution, now: Timestamp) -> Option<Work> {
        let bytes = URL_SAFE_NO_PAD.decode(&solution.challenge).ok()?;
        let (said, tag) = bytes.split_at_checked(SAID)?;
        if !self.mac.verify(&[said], tag) {
            return None;
        }
        let (bits, id) = said.split_last()?;
        let expires_at = made_at(id)?.plus(CHALLENGE_LIFETIME);
        let is_number = (1..=LONGEST_NONCE).contains(&solution.nonce.len())
            && solution.nonce.bytes().all(|letter| letter.is_ascii_digit());
        let is_solved = || zero_bits(&solution.challenge, &solution.nonce) >= u32::from(*bits);
        (expires_at > now && *bits >= self.bits.get() && is_number && is_solved()).then(|| Work {
            challenge_hash: hash_secret(&bytes),
            expires_at,
        })
    }
}

/// The second that a UUIDv7 begins with (RFC 9562 §5.7).
fn made_at(id: &[u8]) -> Option<Timestamp> {
    let milliseconds = id
        .get(..6)?
        .iter()
        .fold(0, |sum, byte| sum << 8 | i64::from(*byte));
    Timestamp::from_unix_seconds(milliseconds / 1000)
}

/// How many zero bits the hash begins with.
fn zero_bits(challenge: &str, nonce: &str) -> u32 {
    let hash = hash_secret(format!("{challenge}.{nonce}").as_bytes());
    let (high, low) = hash.split_at(16);
    let [high, low] = [high, low].map(|half| half.first_chunk().map_or(0, |half| u128::from_be_bytes(*half)));
    match high {
        0 => 128 + low.leading_zeros(),
        high => high.leading_zeros(),
    }
}

#[cfg(test)]
pub(crate) fn solve(challenge: &Challenge) -> Solution {
    let nonces = (0_u64..).map(|nonce| nonce.to_string());
    let mut solved =
        nonces.filter(|nonce| zero_bits(&challenge.text, nonce) >= u32::from(challenge.bits.get()));
    Solution {
        challenge: challenge.text.clone(),
        nonce: solved.next().unwrap(),
    }
}
