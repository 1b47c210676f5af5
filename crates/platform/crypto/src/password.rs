//! Passwords: which are good enough, and how they are kept.

mod argon;
mod foreign;
mod hasher;
mod phc;
mod policy;

use kernel::Secret;
use unicode_normalization::UnicodeNormalization as _;

pub use argon::Verdict;
pub use foreign::{FirebaseParameters, ForeignHash, ForeignHashError, ForeignHashes};
pub use hasher::{HasherBusy, HasherConfig, HasherError, PasswordHasher};
pub use policy::{PasswordFault, PasswordPolicy};

/// The password in the one spelling that is counted and hashed (NFKC, NIST SP 800-63B-4 section
/// 3.1.1.2), so that it is the same from every keyboard.
pub fn normalise(password: &str) -> Secret<String> {
    Secret::new(password.nfkc().collect())
}
