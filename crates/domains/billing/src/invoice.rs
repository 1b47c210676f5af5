//! Bills: those of providers, and receipts of our own for what no provider writes any for.

pub(crate) mod model;
pub(crate) mod pages;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
