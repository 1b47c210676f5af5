//! For other services: whether an access token holds at this moment (RFC 7662), and ending what a token stands for
//! (RFC 7009).

pub(crate) mod model;
pub mod routes;
pub(crate) mod service;

pub use model::Overseers;
pub use service::Introspections;
