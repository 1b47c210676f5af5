//! Signing in by a link or a code in a mail.

pub mod model;
pub mod routes;
pub mod service;

pub use model::{MagicLinkProof, MagicLinkRequest, MagicLinkSignIn};
pub use service::MagicLinks;
