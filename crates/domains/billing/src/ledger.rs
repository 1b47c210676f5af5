//! The ledger: double entry, in minor units, written once and never changed.

pub(crate) mod model;
pub(crate) mod service;
mod store;

#[cfg(test)]
mod tests;
