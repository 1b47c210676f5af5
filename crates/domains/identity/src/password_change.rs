//! Changing a password by who knows it.

pub mod model;
pub mod routes;
pub mod service;

pub use model::{Changed, Changing, NewPassword};
pub use service::PasswordChanges;
