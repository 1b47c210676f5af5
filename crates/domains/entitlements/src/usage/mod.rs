//! Counting what is used.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
