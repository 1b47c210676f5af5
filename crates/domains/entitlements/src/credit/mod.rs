//! Credits, which count once the limit of a plan is used up.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
