//! Addresses that an organization's mail may be from: each is shown to be its own by a code that is mailed there.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
