//! The second step of signing in, with a code.

pub mod routes;
pub mod service;

pub use service::SecondSteps;
