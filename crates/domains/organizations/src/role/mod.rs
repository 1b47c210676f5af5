//! Roles: those that are built in, and those that an organization makes.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
