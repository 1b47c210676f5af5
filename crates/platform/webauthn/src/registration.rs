//! A passkey that is to be kept (§7.1).

use ciborium::Value;

use crate::authenticator_data::AuthenticatorData;
use crate::cbor;
use crate::client_data::Ceremony;
use crate::fault::{Fault, require};
use crate::party::{RelyingParty, UserVerification};

/// The most bytes of an attestation object. Those of TPMs, with their certificates, have some six thousand.
const MAX_ATTESTATION_OBJECT: usize = 32 * 1024;

/// What a browser answers to `navigator.credentials.create`.
#[derive(Debug, Clone, Copy)]
pub struct RegistrationAnswer<'a> {
    /// The credential's id, as the browser names it.
    pub credential_id: &'a [u8],
    /// What the browser says.
    pub client_data_json: &'a [u8],
    /// What the authenticator says.
    pub attestation_object: &'a [u8],
}

/// A credential as it is to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registered {
    /// Its id. That it is nobody's yet is for the caller to see (§7.1 step 26).
    pub credential_id: Vec<u8>,
    /// Its key, for [`crate::KnownCredential`].
    pub public_key: Vec<u8>,
    /// The authenticator's counter.
    pub sign_count: u32,
    /// The authenticator's model, as far as its word goes.
    pub aaguid: [u8; 16],
    /// Whether the authenticator looked who is there.
    pub is_user_verified: bool,
    /// Whether the key may leave its device.
    pub is_backup_eligible: bool,
    /// Whether it has.
    pub is_backed_up: bool,
}

impl RegistrationAnswer<'_> {
    /// The credential, when the answer is one to `challenge`, made on a page of ours for `party`.
    ///
    /// Steps 21 to 24, the attestation statement, are left out: none was asked for.
    ///
    /// # Errors
    /// What is wrong with the answer.
    pub fn verify(
        &self,
        party: &RelyingParty,
        challenge: &[u8],
        verification: UserVerification,
    ) -> Result<Registered, Fault> {
        party.check_client_data(self.client_data_json, Ceremony::Registration, challenge)?;
        let data = AuthenticatorData::read(&self.authenticator_data()?)?;
        data.check(party, verification)?;
        let (is_user_verified, sign_count) = (data.is_user_verified(), data.sign_count);
        let (is_backup_eligible, is_backed_up) = (data.is_backup_eligible(), data.is_backed_up());
        let credential = data.credential.ok_or(Fault::NoCredential)?;
        require(credential.id == self.credential_id, Fault::CredentialId)?;
        Ok(Registered {
            credential_id: credential.id,
            public_key: credential.public_key,
            sign_count,
            aaguid: credential.aaguid,
            is_user_verified,
            is_backup_eligible,
            is_backed_up,
        })
    }

    /// Step 12: the attestation object has a format, a statement and authenticator data, and nothing follows.
    fn authenticator_data(&self) -> Result<Vec<u8>, Fault> {
        require(
            self.attestation_object.len() <= MAX_ATTESTATION_OBJECT,
            Fault::TooLong,
        )?;
        let object = match cbor::first(self.attestation_object) {
            Some((object, [])) => cbor::map(object),
            _ => None,
        };
        let mut object = object.ok_or(Fault::AttestationObject)?;
        let mut member =
            |name: &str| cbor::take(&mut object, &Value::from(name)).ok_or(Fault::AttestationObject);
        let (format, statement, data) = (member("fmt")?, member("attStmt")?, member("authData")?);
        require(format.is_text() && statement.is_map(), Fault::AttestationObject)?;
        data.into_bytes().map_err(|_| Fault::AttestationObject)
    }
}
