//! Asking providers what nobody told: what is open, what was missed, and whether all agrees.

pub(crate) mod jobs;
mod model;
pub(crate) mod service;
mod store;
pub(crate) mod work;

#[cfg(test)]
mod tests;
