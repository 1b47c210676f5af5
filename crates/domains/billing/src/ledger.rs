//! The ledger: double entry, in minor units, written once and never changed.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
pub(crate) mod work;

#[cfg(test)]
mod tests;
