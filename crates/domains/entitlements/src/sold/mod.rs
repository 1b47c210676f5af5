//! Plans and subscriptions, as the domain of billing tells of them.

pub(crate) mod model;
pub(crate) mod service;
mod store;
