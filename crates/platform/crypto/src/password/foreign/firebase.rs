//! Firebase Authentication's own scrypt (<https://github.com/firebase/scrypt>): the hash is the project's
//! signer key, encrypted with AES-256 in counter mode under a key that scrypt derives from the password.
//!
//! Our text of it is `firebase$<mem_cost>$<rounds>$<salt separator>$<signer key>$<salt>$<hash>`, so that it can
//! be verified when the import and its parameters are long gone. It holds a secret of the project, and is only
//! kept sealed, like every foreign hash.

use ::scrypt::Params;
use aes::Aes256;
use ctr::Ctr128BE;
use ctr::cipher::{KeyIvInit as _, StreamCipher as _};
use kernel::Secret;
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::super::phc::exactly;
use super::{ForeignHashError, bound, decode, encode, number, require};

/// The ranges that Firebase itself has.
const MAX_MEM_COST: u32 = 14;
const MAX_ROUNDS: u32 = 8;

/// What all hashes of a Firebase project have in common, as its console shows them.
#[derive(Debug, Clone)]
pub struct FirebaseParameters {
    /// `base64_signer_key`.
    pub signer_key: Secret<String>,
    /// `base64_salt_separator`.
    pub salt_separator: String,
    /// `rounds`, from 1 to 8.
    pub rounds: u32,
    /// `mem_cost`, from 1 to 14.
    pub mem_cost: u32,
}

pub(super) struct FirebaseHash {
    params: Params,
    /// With the separator.
    salt: Vec<u8>,
    signer_key: Zeroizing<Vec<u8>>,
    hash: Vec<u8>,
}

impl FirebaseParameters {
    /// Whether hashes can be verified with these.
    pub fn check(&self) -> Result<(), ForeignHashError> {
        self.text(
            "c2FsdA",
            &encode(&vec![0; decode(self.signer_key.expose())?.len()]),
        )
        .and_then(|text| FirebaseHash::parse(&text).map(drop))
    }

    /// Our text of a hash with its salt.
    pub(super) fn text(&self, salt: &str, hash: &str) -> Result<String, ForeignHashError> {
        let [separator, key] = [&self.salt_separator, self.signer_key.expose()];
        let mut text = format!("firebase${}${}", self.mem_cost, self.rounds);
        for part in [separator, key, salt, hash] {
            text.push('$');
            text.push_str(&encode(&decode(part)?));
        }
        Ok(text)
    }
}

impl FirebaseHash {
    pub(super) fn parse(text: &str) -> Result<Self, ForeignHashError> {
        let parts = text
            .strip_prefix("firebase$")
            .ok_or(ForeignHashError::Malformed)?;
        let [mem_cost, rounds, separator, key, salt, hash] = exactly(parts.split('$'))?;
        let (mem_cost, rounds) = (number(mem_cost)?, number(rounds)?);
        require(mem_cost >= 1 && rounds >= 1)?;
        bound(mem_cost <= MAX_MEM_COST && rounds <= MAX_ROUNDS)?;
        let (separator, salt) = (decode(separator)?, decode(salt)?);
        let (key, hash) = (Zeroizing::new(decode(key)?), decode(hash)?);
        require(separator.len() <= 16 && (1..=64).contains(&salt.len()))?;
        require((16..=128).contains(&key.len()) && hash.len() == key.len())?;
        let log_n = u8::try_from(mem_cost).map_err(|_| ForeignHashError::Malformed)?;
        Ok(Self {
            params: Params::new(log_n, rounds, 1).map_err(|_| ForeignHashError::Malformed)?,
            salt: [salt, separator].concat(),
            signer_key: key,
            hash,
        })
    }

    pub(super) fn matches(&self, password: &[u8]) -> Option<bool> {
        let mut key = Zeroizing::new([0; 32]);
        ::scrypt::scrypt(password, &self.salt, &self.params, &mut *key).ok()?;
        let mut hash = self.signer_key.clone();
        let mut cipher = Ctr128BE::<Aes256>::new((&*key).into(), (&[0; 16]).into());
        cipher.try_apply_keystream(&mut hash).ok()?;
        Some(hash.ct_eq(&self.hash).into())
    }
}
