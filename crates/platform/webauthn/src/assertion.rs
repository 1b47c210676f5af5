//! A passkey that is used (§7.2).

use sha2::{Digest as _, Sha256};

use crate::authenticator_data::AuthenticatorData;
use crate::client_data::Ceremony;
use crate::cose::PublicKey;
use crate::fault::{Fault, require};
use crate::party::{RelyingParty, UserVerification};

/// The most bytes of a signature: RSA of 8192 bits.
const MAX_SIGNATURE: usize = 1024;

/// What a browser answers to `navigator.credentials.get`.
#[derive(Debug, Clone, Copy)]
pub struct AssertionAnswer<'a> {
    /// What the browser says.
    pub client_data_json: &'a [u8],
    /// What the authenticator says.
    pub authenticator_data: &'a [u8],
    /// The authenticator's signature over both.
    pub signature: &'a [u8],
    /// Who the authenticator takes the user for.
    pub user_handle: Option<&'a [u8]>,
}

/// The credential that the answer names, as it was kept. That it is the one of that id, and of a person who may
/// use it, is for the caller to see (§7.2 steps 5 to 7).
#[derive(Debug, Clone, Copy)]
pub struct KnownCredential<'a> {
    /// Its key.
    pub public_key: &'a [u8],
    /// Its counter when it was last used.
    pub sign_count: u32,
    /// Who owns it.
    pub user_handle: &'a [u8],
    /// How the caller knows the person.
    pub identified: Identified,
}

/// How a caller knows who is to use a credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// They are known already; an answer may leave the user handle out.
    Before,
    /// By the answer alone, so it has to name them.
    ByAnswer,
}

/// What an answer says that holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asserted {
    /// The counter, to be kept.
    pub sign_count: u32,
    /// Whether the authenticator looked who is there.
    pub is_user_verified: bool,
    /// Whether the key may leave its device.
    pub is_backup_eligible: bool,
    /// Whether it has.
    pub is_backed_up: bool,
}

impl AssertionAnswer<'_> {
    /// What the answer says, when it is one to `challenge`, made on a page of ours for `party` with the key of
    /// `known`.
    ///
    /// # Errors
    /// What is wrong with the answer. [`Fault::SignCount`] comes last: everything else holds.
    pub fn verify(
        &self,
        party: &RelyingParty,
        challenge: &[u8],
        verification: UserVerification,
        known: &KnownCredential<'_>,
    ) -> Result<Asserted, Fault> {
        require(self.signature.len() <= MAX_SIGNATURE, Fault::TooLong)?;
        known.check_owner(self.user_handle)?;
        party.check_client_data(self.client_data_json, Ceremony::Assertion, challenge)?;
        let data = AuthenticatorData::read(self.authenticator_data)?;
        data.check(party, verification)?;
        self.check_signature(known.public_key)?;
        known.check_count(data.sign_count)?;
        Ok(Asserted {
            sign_count: data.sign_count,
            is_user_verified: data.is_user_verified(),
            is_backup_eligible: data.is_backup_eligible(),
            is_backed_up: data.is_backed_up(),
        })
    }

    /// Steps 20 and 21: the signature is over the authenticator data and the hash of the client data.
    fn check_signature(&self, public_key: &[u8]) -> Result<(), Fault> {
        let mut message = self.authenticator_data.to_vec();
        message.extend(Sha256::digest(self.client_data_json));
        PublicKey::read(public_key)?.verify(&message, self.signature)
    }
}

impl KnownCredential<'_> {
    /// Step 6: the user handle is the owner's, and is there when nothing else tells who it is.
    fn check_owner(&self, handle: Option<&[u8]>) -> Result<(), Fault> {
        let is_owner = match handle {
            Some(handle) => handle == self.user_handle,
            None => self.identified == Identified::Before,
        };
        require(is_owner, Fault::UserHandle)
    }

    /// Step 22: a counter that is in use has to grow.
    fn check_count(&self, count: u32) -> Result<(), Fault> {
        let is_unused = count == 0 && self.sign_count == 0;
        require(is_unused || count > self.sign_count, Fault::SignCount)
    }
}
