//! Staff who act as somebody.

pub mod model;
pub mod routes;
pub mod service;

pub use model::{Impersonated, Reason, StaffMember, Started, Terms};
pub use service::Impersonations;
