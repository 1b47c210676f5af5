//! Accounts.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{NewUser, User, UserStatus};
pub use service::Users;
