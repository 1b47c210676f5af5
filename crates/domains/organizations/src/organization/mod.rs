//! Organizations themselves: their names, slugs, settings and seats.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
