//! Addresses and passwords: sign-up, confirmation of the address, sign-in.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Confirmation, SignIn, SignUp, SignedIn, SignedUp};
pub use service::Passwords;
