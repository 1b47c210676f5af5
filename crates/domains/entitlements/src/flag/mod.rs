//! For whom features are there at all.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
