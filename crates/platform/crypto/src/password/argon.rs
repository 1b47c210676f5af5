//! One hash after the other, in memory that is kept between them: asking the system for 19 MiB anew
//! costs as much as a good part of the hash.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::foreign::ForeignHash;
use super::normalise;
use super::phc::{Cost, Phc};
use crate::random;

const SALT: usize = 16;
const HASH: usize = 32;

/// Longer than any password that the policy lets in; nothing is gained by hashing it.
const MAX_BYTES: usize = 4096;

/// What a password turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verdict {
    /// It is the right one.
    pub matches: bool,
    /// It is the right one, but kept at another cost than today's, or by another system: keep it anew.
    pub needs_rehash: bool,
}

/// Hashes on one thread.
pub(super) struct Argon {
    cost: Cost,
    memory: Vec<Block>,
}

impl Argon {
    /// Hashes at `cost`, which is bearable.
    pub(super) const fn new(cost: Cost) -> Self {
        Self {
            cost,
            memory: Vec::new(),
        }
    }

    /// The text to keep of a password; `None` when the memory is not to be had.
    pub(super) fn hash(&mut self, password: &str) -> Option<String> {
        let salt = random::bytes::<SALT>().to_vec();
        let mut hash = vec![0; HASH];
        self.derive(self.cost, password, &salt, &mut hash)?;
        let cost = self.cost;
        Some(Phc { cost, salt, hash }.to_string())
    }

    /// Whether the password is the one of which `phc` was kept. Without one, or with one that can't be
    /// read, the same work is done for nothing, so that the clock does not tell who has an account.
    pub(super) fn verify(&mut self, password: &str, phc: Option<&str>) -> Option<Verdict> {
        let kept = phc
            .and_then(|text| text.parse::<Phc>().ok())
            .filter(|_| password.len() <= MAX_BYTES);
        let Some(kept) = kept else {
            self.derive(self.cost, password, &[0; SALT], &mut [0; HASH])?;
            return Some(Verdict {
                matches: false,
                needs_rehash: false,
            });
        };
        let mut hash = Zeroizing::new(vec![0; kept.hash.len()]);
        self.derive(kept.cost, password, &kept.salt, &mut hash)?;
        let matches = bool::from(hash.ct_eq(&kept.hash));
        let is_current = kept.cost == self.cost && kept.salt.len() >= SALT && kept.hash.len() >= HASH;
        Some(Verdict {
            matches,
            needs_rehash: matches && !is_current,
        })
    }

    /// Whether the password is the one that another system made `hash` of.
    pub(super) fn verify_foreign(&mut self, password: &str, hash: &ForeignHash) -> Option<Verdict> {
        if password.len() > MAX_BYTES {
            return self.verify("", None);
        }
        let matches = hash.matches(password)?;
        Some(Verdict {
            matches,
            needs_rehash: matches,
        })
    }

    fn derive(&mut self, cost: Cost, password: &str, salt: &[u8], out: &mut [u8]) -> Option<()> {
        let password = if password.len() > MAX_BYTES {
            normalise("")
        } else {
            normalise(password)
        };
        let params = Params::new(
            cost.memory_kib,
            cost.iterations,
            cost.parallelism,
            Some(out.len()),
        )
        .ok()?;
        self.provide(params.block_count())?;
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
            .hash_password_into_with_memory(
                password.expose().as_bytes(),
                salt,
                out,
                self.memory.as_mut_slice(),
            )
            .ok()
    }

    /// Grows to what this hash needs, and shrinks back after one that needed more than usual.
    fn provide(&mut self, blocks: usize) -> Option<()> {
        if self.memory.len() > blocks {
            self.memory.truncate(blocks);
            self.memory.shrink_to_fit();
        }
        let missing = blocks - self.memory.len();
        self.memory.try_reserve_exact(missing).ok()?;
        self.memory.resize(blocks, Block::new());
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost {
        memory_kib: 8,
        iterations: 1,
        parallelism: 1,
    };

    #[test]
    fn is_argon2id_as_its_reference_has_it() {
        // phc-winner-argon2, test.c: version 0x13, Argon2id, t=2, m=2^16 and 2^8, p=1, "somesalt".
        for (memory_kib, expected) in [
            (
                1 << 16,
                "09316115d5cf24ed5a15a31a3ba326e5cf32edc24702987c02b6566f61913cf7",
            ),
            (
                1 << 8,
                "9dfeb910e80bad0311fee20f9c0e2b12c17987b4cac90c2ef54d5b3021c68bfe",
            ),
        ] {
            let mut argon = Argon::new(CHEAP);
            let cost = Cost {
                memory_kib,
                iterations: 2,
                parallelism: 1,
            };
            let mut hash = [0; 32];
            argon.derive(cost, "password", b"somesalt", &mut hash).unwrap();
            assert_eq!(Some(hash.to_vec()), crate::hexadecimal::decode(expected));
        }
    }

    #[test]
    fn knows_its_passwords() {
        let mut argon = Argon::new(CHEAP);
        let phc = argon.hash("correct horse").unwrap();
        assert_ne!(phc, argon.hash("correct horse").unwrap(), "salts differ");
        let verdict = argon.verify("correct horse", Some(&phc)).unwrap();
        assert!(verdict.matches && !verdict.needs_rehash);
        assert!(!argon.verify("correct horsf", Some(&phc)).unwrap().matches);
        assert!(!argon.verify("", Some(&phc)).unwrap().matches);
        // The ligature and the full-width letters are the same password on another keyboard.
        let phc = argon.hash("ﬁﬁﬁ ｐａｓｓ").unwrap();
        assert!(argon.verify("fififi pass", Some(&phc)).unwrap().matches);
    }

    #[test]
    fn asks_for_a_rehash_after_the_cost_changed() {
        let phc = Argon::new(CHEAP).hash("correct horse").unwrap();
        for cost in [
            Cost {
                memory_kib: 16,
                ..CHEAP
            },
            Cost {
                iterations: 2,
                ..CHEAP
            },
        ] {
            let mut argon = Argon::new(cost);
            let verdict = argon.verify("correct horse", Some(&phc)).unwrap();
            assert!(verdict.matches && verdict.needs_rehash);
            let verdict = argon.verify("wrong", Some(&phc)).unwrap();
            assert!(!verdict.matches && !verdict.needs_rehash);
            assert_eq!(argon.memory.len(), 8);
            argon.hash("x").unwrap();
            assert_eq!(argon.memory.len(), usize::try_from(cost.memory_kib).unwrap());
        }
    }

    #[test]
    fn nobody_matches_nothing() {
        let mut argon = Argon::new(CHEAP);
        for phc in [None, Some(""), Some("$2y$10$whatever"), Some("not a hash")] {
            let verdict = argon.verify("correct horse", phc).unwrap();
            assert!(!verdict.matches && !verdict.needs_rehash);
            assert_eq!(argon.memory.len(), 8, "the work was done");
        }
        let huge = "a".repeat(MAX_BYTES + 1);
        let phc = argon.hash(&huge).unwrap();
        assert!(!argon.verify(&huge, Some(&phc)).unwrap().matches);
        assert!(!argon.verify("", Some(&phc)).unwrap().needs_rehash);
    }
}
