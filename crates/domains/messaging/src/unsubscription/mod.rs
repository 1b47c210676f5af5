//! Readers who want no more mail: the links in mails (RFC 2369, RFC 8058), the page behind them, and the same for
//! front ends of one's own.

pub(crate) mod model;
pub(crate) mod pages;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
