//! What is kept of a password, as text: `$argon2id$v=19$m=19456,t=2,p=1$salt$hash`
//! (the [PHC string format](https://github.com/P-H-C/phc-string-format)).

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

/// How much work a hash is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cost {
    pub(super) memory_kib: u32,
    pub(super) iterations: u32,
    pub(super) parallelism: u32,
}

/// The parts of the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Phc {
    pub(super) cost: Cost,
    pub(super) salt: Vec<u8>,
    pub(super) hash: Vec<u8>,
}

/// The text is not one that we know how to verify.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

impl Cost {
    /// What a stored or configured hash may ask of this machine at most.
    pub(super) const MAX: Self = Self {
        memory_kib: 256 * 1024,
        iterations: 16,
        parallelism: 16,
    };

    /// Whether argon2 has such a cost and we are willing to pay it.
    pub(super) const fn is_bearable(self) -> bool {
        let Self {
            memory_kib,
            iterations,
            parallelism,
        } = self;
        parallelism >= 1
            && parallelism <= Self::MAX.parallelism
            && iterations >= 1
            && iterations <= Self::MAX.iterations
            && memory_kib >= 8 * parallelism
            && memory_kib <= Self::MAX.memory_kib
    }
}

impl fmt::Display for Phc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Cost {
            memory_kib,
            iterations,
            parallelism,
        } = self.cost;
        let salt = STANDARD_NO_PAD.encode(&self.salt);
        let hash = STANDARD_NO_PAD.encode(&self.hash);
        write!(
            f,
            "$argon2id$v=19$m={memory_kib},t={iterations},p={parallelism}${salt}${hash}"
        )
    }
}

impl FromStr for Phc {
    type Err = Unreadable;

    fn from_str(text: &str) -> Result<Self, Unreadable> {
        let parts = text.strip_prefix("$argon2id$v=19$").ok_or(Unreadable)?;
        let [cost, salt, hash] = exactly(parts.split('$'))?;
        let [memory, iterations, parallelism] = exactly(cost.split(','))?;
        let cost = Cost {
            memory_kib: number(memory, "m=")?,
            iterations: number(iterations, "t=")?,
            parallelism: number(parallelism, "p=")?,
        };
        let salt = STANDARD_NO_PAD.decode(salt).map_err(|_| Unreadable)?;
        let hash = STANDARD_NO_PAD.decode(hash).map_err(|_| Unreadable)?;
        let is_sound =
            cost.is_bearable() && (8..=64).contains(&salt.len()) && (16..=64).contains(&hash.len());
        is_sound.then_some(Self { cost, salt, hash }).ok_or(Unreadable)
    }
}

pub(super) fn exactly<'a, const N: usize>(
    parts: impl Iterator<Item = &'a str>,
) -> Result<[&'a str; N], Unreadable> {
    let parts: Vec<&str> = parts.take(N + 1).collect();
    parts.try_into().map_err(|_| Unreadable)
}

pub(super) fn number(text: &str, name: &str) -> Result<u32, Unreadable> {
    let digits = text.strip_prefix(name).ok_or(Unreadable)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Unreadable);
    }
    digits.parse().map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhc2g";

    #[test]
    fn reads_what_it_writes() {
        let phc: Phc = TEXT.parse().unwrap();
        assert_eq!(phc.salt, b"somesaltsomesalt");
        assert_eq!(phc.cost.memory_kib, 19456);
        assert_eq!(phc.to_string(), TEXT);
    }

    #[test]
    fn refuses_other_hashes_and_unbearable_costs() {
        for (old, new) in [
            ("argon2id", "argon2i"),
            ("v=19", "v=16"),
            ("m=19456", "m=1"),
            ("m=19456", "m=99999999"),
            ("m=19456", "m=+9456"),
            ("m=19456", "m="),
            ("m=19456,", ""),
            ("t=2", "t=0"),
            ("t=2", "t=4000000000"),
            ("t=2", "t=99999999999"),
            ("p=1", "p=0"),
            ("p=1", "p=1,x=1"),
            ("c29tZXNhbHRzb21lc2FsdA", "c29t"),
            ("c29tZXNhbHRzb21lc2FsdA", "!"),
            ("$c29tZWhhc2h", "$c29t$c29tZWhhc2h"),
            ("$c29tZXNhbHRzb21lc2FsdA", ""),
        ] {
            let text = TEXT.replacen(old, new, 1);
            assert_ne!(text, TEXT);
            assert_eq!(text.parse::<Phc>(), Err(Unreadable), "{text}");
        }
        for text in ["", "$", "$argon2id$v=19$", "password", "$2y$10$abc"] {
            assert_eq!(text.parse::<Phc>(), Err(Unreadable), "{text}");
        }
    }
}
