//! What browsers and authenticators answer when somebody makes or uses a passkey, checked as WebAuthn Level 3
//! asks a relying party to: §7.1 for making one, §7.2 for using one. Owns no tables, reads no clock, keeps
//! nothing: challenges, credentials and counters are the caller's.
//!
//! Attestation is not asked for (conveyance `none`), so an attestation statement is passed over, whatever its
//! format: who made an authenticator does not decide whether it is let in. Everything else is checked, and what
//! is not as expected is refused, never mended.
//!
//! | module | holds |
//! |---|---|
//! | [`party`] | [`RelyingParty`]: under which name and from which origins passkeys are used |
//! | [`registration`] | [`RegistrationAnswer`]: a passkey that is to be kept |
//! | [`assertion`] | [`AssertionAnswer`]: a passkey that is used |
//! | [`client_data`] | what the browser says |
//! | `authenticator_data` | what the authenticator says |
//! | `cose` | public keys |
//! | `cbor` | the encoding of the last two |
//! | [`testing`] | an authenticator in software, for tests |
//! | [`fault`] | [`Fault`]: what is wrong with an answer |

pub mod assertion;
mod authenticator_data;
mod cbor;
pub mod client_data;
mod cose;
pub mod fault;
pub mod party;
pub mod registration;
pub mod testing;

pub use assertion::{Asserted, AssertionAnswer, Identified, KnownCredential};
pub use client_data::challenge_of;
pub use fault::Fault;
pub use party::{RelyingParty, UserVerification};
pub use registration::{Registered, RegistrationAnswer};

/// The algorithms that passkeys may sign with, the preferred one first: Ed25519, P-256 with SHA-256, RSA with
/// SHA-256 (COSE names them so).
pub const ALGORITHMS: [i64; 3] = [cose::EDDSA, cose::ES256, cose::RS256];

#[cfg(test)]
mod tests;
