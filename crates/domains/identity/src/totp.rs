//! Codes of authenticator apps (RFC 6238).

pub mod model;
pub mod service;
mod store;

pub use service::Totps;
