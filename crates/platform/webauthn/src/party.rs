//! Under which name and from which origins passkeys are used.

use sha2::{Digest as _, Sha256};

use crate::client_data::{Ceremony, ClientData};
use crate::fault::{Fault, require};

/// A relying party: us, as authenticators and browsers know us.
#[derive(Debug, Clone)]
pub struct RelyingParty {
    id: String,
    id_hash: [u8; 32],
    origins: Vec<String>,
}

/// Whether an authenticator must look who is there, by a PIN or a biometric. With it a passkey is two factors
/// (something held and something known or inherent), without it one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UserVerification {
    /// It must.
    Required,
    /// It should where it can; what it did is told.
    Preferred,
}

impl RelyingParty {
    /// `id` is a domain, and passkeys are bound to it for good. `origins` are written as browsers write them:
    /// scheme, host and port, without a slash at the end, like `https://app.example.com`.
    pub fn new(id: impl Into<String>, origins: impl IntoIterator<Item = String>) -> Self {
        let id = id.into();
        Self {
            id_hash: Sha256::digest(id.as_bytes()).into(),
            id,
            origins: origins.into_iter().collect(),
        }
    }

    /// The domain.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// §7.1 step 13 and §7.2 step 15: the authenticator made the answer for us.
    pub(crate) fn check_id_hash(&self, hash: &[u8; 32]) -> Result<(), Fault> {
        require(*hash == self.id_hash, Fault::RelyingParty)
    }

    /// §7.1 steps 5 to 11 and §7.2 steps 8 to 14: the browser made the answer for this ceremony, this challenge
    /// and a page of ours.
    pub(crate) fn check_client_data(
        &self,
        json: &[u8],
        ceremony: Ceremony,
        challenge: &[u8],
    ) -> Result<(), Fault> {
        let data = ClientData::read(json)?;
        data.check(ceremony, challenge)?;
        require(self.origins.contains(&data.origin), Fault::Origin)
    }
}
