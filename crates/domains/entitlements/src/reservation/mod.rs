//! Setting aside before something is used, where a limit must hold to the last unit.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
