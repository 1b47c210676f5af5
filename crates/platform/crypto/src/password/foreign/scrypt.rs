//! scrypt: `$scrypt$ln=16,r=8,p=1$salt$hash` (PHC, passlib) and Django's `scrypt$16384$salt$8$5$hash`.

use ::scrypt::Params;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::phc;
use super::{ForeignHashError, bound, decode, number, require};

/// Of N, r and p multiplied: 256 MiB of memory at most, and less than two seconds.
const MAX_WORK: u64 = 1 << 21;
const MAX_BLOCK_SIZE: u32 = 32;
const MAX_PARALLELISM: u32 = 16;

pub(super) struct ScryptHash {
    params: Params,
    salt: Vec<u8>,
    hash: Vec<u8>,
}

impl ScryptHash {
    pub(super) fn parse(text: &str) -> Result<Self, ForeignHashError> {
        let (params, salt, hash) = if let Some(parts) = text.strip_prefix("$scrypt$") {
            let [cost, salt, hash] = phc::exactly(parts.split('$'))?;
            let [log_n, r, p] = phc::exactly(cost.split(','))?;
            let log_n = phc::number(log_n, "ln=")?;
            let params = params(log_n, phc::number(r, "r=")?, phc::number(p, "p=")?)?;
            (params, decode(salt)?, decode(hash)?)
        } else {
            let parts = text.strip_prefix("scrypt$").ok_or(ForeignHashError::Malformed)?;
            let [n, salt, r, p, hash] = phc::exactly(parts.split('$'))?;
            let n = number(n)?;
            require(n.is_power_of_two())?;
            let params = params(n.trailing_zeros(), number(r)?, number(p)?)?;
            (params, salt.as_bytes().to_vec(), decode(hash)?)
        };
        require((1..=128).contains(&salt.len()) && (16..=64).contains(&hash.len()))?;
        Ok(Self { params, salt, hash })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let mut hash = Zeroizing::new(vec![0; self.hash.len()]);
        ::scrypt::scrypt(password, &self.salt, &self.params, &mut hash).ok()?;
        Some(hash.ct_eq(&self.hash).into())
    }
}

fn params(log_n: u32, r: u32, p: u32) -> Result<Params, ForeignHashError> {
    require(log_n >= 1 && r >= 1 && p >= 1)?;
    bound(r <= MAX_BLOCK_SIZE && p <= MAX_PARALLELISM && log_n < 22)?;
    bound((u64::from(r) * u64::from(p)) << log_n <= MAX_WORK)?;
    let log_n = u8::try_from(log_n).map_err(|_| ForeignHashError::Malformed)?;
    Params::new(log_n, r, p).map_err(|_| ForeignHashError::Malformed)
}
