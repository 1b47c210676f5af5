//! Which second factors a person has.

pub mod model;
pub mod service;
mod store;

pub use model::HeldFactors;
pub use service::Factors;
