//! What an owner is made from.

use kernel::{EmailAddress, Locale, Secret};

/// An owner of the platform to be.
#[derive(Debug, Clone)]
pub struct NewOwner {
    /// Their address, which whoever asks for this vouches for.
    pub email: EmailAddress,
    /// Their password.
    pub password: Secret<String>,
    /// The language they read.
    pub locale: Locale,
}
