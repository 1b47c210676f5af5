//! Money that is given back.

pub(crate) mod model;
pub(crate) mod service;
mod store;
