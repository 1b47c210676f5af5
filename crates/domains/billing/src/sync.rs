//! Asking a provider about a payment, because somebody wants to know now.

pub(crate) mod routes;
pub(crate) mod service;
