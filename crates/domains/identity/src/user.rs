//! Accounts.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Acting, NewUser, PersonName, User, UserStatus};
pub use service::Users;
