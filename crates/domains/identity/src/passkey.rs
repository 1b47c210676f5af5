//! Passkeys: keys that authenticators keep for people (WebAuthn). A passkey whose authenticator verifies its user
//! by a PIN or a biometric is two factors and opens a session by itself; every passkey is good as second factor.

pub mod answer;
pub mod model;
pub mod options;
pub mod routes;
pub mod service;
mod store;

pub use service::Passkeys;
