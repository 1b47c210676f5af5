//! Showing once more who one is, in a session that goes on.

pub mod routes;
pub mod service;

pub use service::StepUps;
