//! Codes that are written down for the day on which the second factor is lost.

pub mod model;
pub mod service;
mod store;

pub use service::RecoveryCodes;
