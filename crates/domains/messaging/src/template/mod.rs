//! Texts of mails: written, tried out, published and taken back.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
#[cfg(test)]
mod tests;
