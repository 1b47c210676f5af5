//! Addresses that get no mail: the list that senders keep.

pub(crate) mod routes;
pub(crate) mod service;
