//! Invites: to an address by mail, or to whoever has the link.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
