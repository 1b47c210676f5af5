//! phpass, as WordPress before 6.8 and phpBB had it: `$P$B` or `$H$9`, 8 letters of salt, 22 of hash; MD5 a
//! few thousand times over (<https://www.openwall.com/phpass/>).

use md5::{Digest as _, Md5};
use subtle::ConstantTimeEq as _;

use super::{ForeignHashError, bound, require};

const LETTERS: &[u8; 64] = b"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// As the base-2 logarithm. phpass itself makes none below 7; 20 takes a quarter of a second.
const COSTS: std::ops::RangeInclusive<u32> = 7..=20;

pub(super) struct PhpassHash {
    rounds: u32,
    salt: Vec<u8>,
    hash: String,
}

impl PhpassHash {
    pub(super) fn parse(text: &str) -> Result<Self, ForeignHashError> {
        let rest = text.strip_prefix("$P$").or_else(|| text.strip_prefix("$H$"));
        let rest = rest.ok_or(ForeignHashError::Malformed)?;
        require(rest.len() == 31 && rest.is_ascii())?;
        let (head, hash) = rest.split_at_checked(9).ok_or(ForeignHashError::Malformed)?;
        let (cost, salt) = head.split_at_checked(1).ok_or(ForeignHashError::Malformed)?;
        require(hash.bytes().all(|letter| LETTERS.contains(&letter)))?;
        let cost = LETTERS.iter().position(|letter| cost.as_bytes() == [*letter]);
        let cost = cost.and_then(|cost| u32::try_from(cost).ok());
        let cost = cost.ok_or(ForeignHashError::Malformed)?;
        bound(COSTS.contains(&cost))?;
        Ok(Self {
            rounds: 1 << cost,
            salt: salt.as_bytes().to_vec(),
            hash: hash.to_owned(),
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> bool {
        let mut state = Md5::new()
            .chain_update(&self.salt)
            .chain_update(password)
            .finalize();
        for _ in 0..self.rounds {
            state = Md5::new().chain_update(state).chain_update(password).finalize();
        }
        letters(&state).as_bytes().ct_eq(self.hash.as_bytes()).into()
    }
}

/// The lowest six bits first, three bytes at a time.
fn letters(bytes: &[u8]) -> String {
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let mut bits = three
            .iter()
            .rev()
            .fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte));
        for _ in 0..=three.len() {
            let letter = usize::try_from(bits & 63)
                .ok()
                .and_then(|place| LETTERS.get(place));
            text.extend(letter.map(|letter| char::from(*letter)));
            bits >>= 6;
        }
    }
    text
}
