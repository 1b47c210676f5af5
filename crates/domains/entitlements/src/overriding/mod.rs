//! What staff decided for one organization, whatever its plan says.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
