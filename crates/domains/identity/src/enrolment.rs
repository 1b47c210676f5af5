//! Which second factors a person has, and how they come and go.

pub mod model;
pub mod routes;
pub mod service;

pub use service::Enrolments;
