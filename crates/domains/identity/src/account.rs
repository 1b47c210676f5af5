//! What people and staff do with whole accounts.

pub mod model;
pub mod routes;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

pub use model::{AccountFilter, NewAccount, Order, Profile, Search};
pub use service::Accounts;
