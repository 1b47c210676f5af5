//! What is wrong with an answer.

/// Why an answer is refused. For logs and tests: a caller tells strangers only that it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// A part is longer than any real one.
    #[error("a part of the answer is too long")]
    TooLong,
    /// What the browser says is no client data.
    #[error("the client data can't be read")]
    ClientData,
    /// It belongs to another ceremony.
    #[error("the client data is of another ceremony")]
    Type,
    /// It answers another challenge.
    #[error("the challenge is another")]
    Challenge,
    /// It comes from another place.
    #[error("the origin is not allowed")]
    Origin,
    /// It was made inside a page of somebody else.
    #[error("the answer was made in a frame of another origin")]
    CrossOrigin,
    /// The attestation object is none.
    #[error("the attestation object can't be read")]
    AttestationObject,
    /// What the authenticator says can't be read, or says more than it may.
    #[error("the authenticator data can't be read")]
    AuthenticatorData,
    /// It was made for another relying party.
    #[error("the answer is for another relying party")]
    RelyingParty,
    /// Nobody was there.
    #[error("the user was not present")]
    UserPresence,
    /// The authenticator did not look who is there.
    #[error("the user was not verified")]
    UserVerification,
    /// Said to be backed up, and never to be.
    #[error("the backup flags contradict each other")]
    BackupFlags,
    /// There is no credential in an answer that makes one.
    #[error("there is no attested credential")]
    NoCredential,
    /// The credential's id is empty, too long, or not the one that the answer names.
    #[error("the credential id is not as it should be")]
    CredentialId,
    /// The public key has a form or an algorithm that was not offered.
    #[error("the public key is not one that was asked for")]
    PublicKey,
    /// The answer names another person than the credential's owner, or none where one is needed.
    #[error("the user handle is not the owner's")]
    UserHandle,
    /// The signature is not the credential's.
    #[error("the signature does not hold")]
    Signature,
    /// The authenticator's counter did not grow: there may be a copy of it.
    #[error("the signature counter did not grow")]
    SignCount,
}

/// Goes on, or says what is wrong.
pub(crate) const fn require(holds: bool, fault: Fault) -> Result<(), Fault> {
    if holds { Ok(()) } else { Err(fault) }
}
