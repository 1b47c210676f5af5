//! Setting a new password by mail.

pub mod routes;
pub mod service;

pub use service::PasswordResets;
