//! Memberships: who is in an organization, and with which roles.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
