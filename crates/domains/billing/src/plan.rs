//! What is sold: plans, their prices, and what providers call those.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
