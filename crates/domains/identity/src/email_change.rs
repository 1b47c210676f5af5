//! Moving an account to another address, and taking that back.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Confirmed, Mailbox};
pub use service::EmailChanges;
