//! Buyers who want their money back from the bank.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
