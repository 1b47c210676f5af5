//! What an organization may use: plans, overrides, flags, credits and what is used, in one answer.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
