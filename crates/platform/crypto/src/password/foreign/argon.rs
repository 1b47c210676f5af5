//! argon2i and argon2id in the PHC string format, of both versions.

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::phc::{exactly, number};
use super::{ForeignHashError, bound, decode, require};

const MAX_MEMORY_KIB: u32 = 256 * 1024;
const MAX_ITERATIONS: u32 = 10;
const MAX_PARALLELISM: u32 = 8;

pub(super) struct ArgonHash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ArgonHash {
    pub(super) fn parse(text: &str) -> Result<Self, ForeignHashError> {
        let parts = text.strip_prefix('$').ok_or(ForeignHashError::Malformed)?;
        let [algorithm, version, cost, salt, hash] = exactly(parts.split('$'))?;
        let algorithm = match algorithm {
            "argon2i" => Algorithm::Argon2i,
            "argon2id" => Algorithm::Argon2id,
            _ => return Err(ForeignHashError::Unknown),
        };
        let version = match version {
            "v=19" => Version::V0x13,
            "v=16" => Version::V0x10,
            _ => return Err(ForeignHashError::Malformed),
        };
        let [memory, iterations, parallelism] = exactly(cost.split(','))?;
        let memory = number(memory, "m=")?;
        let iterations = number(iterations, "t=")?;
        let parallelism = number(parallelism, "p=")?;
        bound(memory <= MAX_MEMORY_KIB && iterations <= MAX_ITERATIONS && parallelism <= MAX_PARALLELISM)?;
        let (salt, hash) = (decode(salt)?, decode(hash)?);
        require((8..=64).contains(&salt.len()) && (16..=64).contains(&hash.len()))?;
        let params = Params::new(memory, iterations, parallelism, Some(hash.len()))
            .map_err(|_| ForeignHashError::Malformed)?;
        Ok(Self {
            algorithm,
            version,
            params,
            salt,
            hash,
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let blocks = self.params.block_count();
        let mut memory = Vec::new();
        memory.try_reserve_exact(blocks).ok()?;
        memory.resize(blocks, Block::new());
        let mut hash = Zeroizing::new(vec![0; self.hash.len()]);
        Argon2::new(self.algorithm, self.version, self.params.clone())
            .hash_password_into_with_memory(password, &self.salt, &mut hash, memory.as_mut_slice())
            .ok()?;
        Some(hash.ct_eq(&self.hash).into())
    }
}
