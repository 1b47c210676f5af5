//! What the authenticator says (§6.1).

use crate::cbor;
use crate::cose::PublicKey;
use crate::fault::{Fault, require};
use crate::party::{RelyingParty, UserVerification};

/// The most bytes of it. Without extensions, and none is asked for, RSA keys make the longest.
pub(crate) const MAX_AUTHENTICATOR_DATA: usize = 4096;

/// The most bytes of a credential's id (§7.1 step 25).
pub(crate) const MAX_CREDENTIAL_ID: usize = 1023;

const USER_PRESENT: u8 = 1;
const USER_VERIFIED: u8 = 1 << 2;
const BACKUP_ELIGIBLE: u8 = 1 << 3;
const BACKED_UP: u8 = 1 << 4;
const ATTESTED: u8 = 1 << 6;
const EXTENDED: u8 = 1 << 7;

/// Authenticator data, read to its last byte.
#[derive(Debug)]
pub(crate) struct AuthenticatorData {
    rp_id_hash: [u8; 32],
    flags: u8,
    pub(crate) sign_count: u32,
    pub(crate) credential: Option<AttestedCredential>,
}

/// The credential in it.
#[derive(Debug)]
pub(crate) struct AttestedCredential {
    pub(crate) aaguid: [u8; 16],
    pub(crate) id: Vec<u8>,
    /// The key as the authenticator wrote it.
    pub(crate) public_key: Vec<u8>,
}

impl AuthenticatorData {
    /// Reads all of `bytes`: what follows the parts that the flags announce is refused.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, Fault> {
        require(bytes.len() <= MAX_AUTHENTICATOR_DATA, Fault::TooLong)?;
        let mut rest = bytes;
        let rp_id_hash = *take(&mut rest)?;
        let [flags] = *take(&mut rest)?;
        let sign_count = u32::from_be_bytes(*take(&mut rest)?);
        let credential = if flags & ATTESTED == 0 {
            None
        } else {
            Some(AttestedCredential::read(&mut rest)?)
        };
        if flags & EXTENDED != 0 {
            let (extensions, after) = cbor::first(rest).ok_or(Fault::AuthenticatorData)?;
            require(cbor::map(extensions).is_some(), Fault::AuthenticatorData)?;
            rest = after;
        }
        require(rest.is_empty(), Fault::AuthenticatorData)?;
        Ok(Self {
            rp_id_hash,
            flags,
            sign_count,
            credential,
        })
    }

    /// §7.1 steps 13 to 17 and §7.2 steps 15 to 18: for us, with the user there, verified where that is asked
    /// for, and with backup flags that agree.
    pub(crate) fn check(&self, party: &RelyingParty, verification: UserVerification) -> Result<(), Fault> {
        party.check_id_hash(&self.rp_id_hash)?;
        require(self.has(USER_PRESENT), Fault::UserPresence)?;
        let suffices = self.is_user_verified() || verification == UserVerification::Preferred;
        require(suffices, Fault::UserVerification)?;
        require(
            self.is_backup_eligible() || !self.is_backed_up(),
            Fault::BackupFlags,
        )
    }

    pub(crate) const fn is_user_verified(&self) -> bool {
        self.has(USER_VERIFIED)
    }

    pub(crate) const fn is_backup_eligible(&self) -> bool {
        self.has(BACKUP_ELIGIBLE)
    }

    pub(crate) const fn is_backed_up(&self) -> bool {
        self.has(BACKED_UP)
    }

    const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

impl AttestedCredential {
    /// §6.5.1: an identifier of the model, the id with its length before it, and the key.
    fn read(rest: &mut &[u8]) -> Result<Self, Fault> {
        let aaguid = *take(rest)?;
        let length = usize::from(u16::from_be_bytes(*take(rest)?));
        require((1..=MAX_CREDENTIAL_ID).contains(&length), Fault::CredentialId)?;
        let (id, after) = rest.split_at_checked(length).ok_or(Fault::AuthenticatorData)?;
        let (_, behind_key) = PublicKey::read_first(after)?;
        let key = after.get(..after.len() - behind_key.len()).unwrap_or_default();
        *rest = behind_key;
        Ok(Self {
            aaguid,
            id: id.to_vec(),
            public_key: key.to_vec(),
        })
    }
}

fn take<'a, const N: usize>(rest: &mut &'a [u8]) -> Result<&'a [u8; N], Fault> {
    let (taken, after) = rest.split_first_chunk().ok_or(Fault::AuthenticatorData)?;
    *rest = after;
    Ok(taken)
}
