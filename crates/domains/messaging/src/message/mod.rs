//! Mail that organizations and the platform send over the API, and what becomes of it.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
