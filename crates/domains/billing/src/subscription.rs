//! What organizations subscribe to: starting, changing and ending it, and what providers say of it.

pub(crate) mod jobs;
pub(crate) mod listeners;
pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
mod work;

#[cfg(test)]
mod tests;
