//! Money that an organization pays, from the page where it is asked for to what was given back of it.

pub(crate) mod jobs;
pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
pub(crate) mod work;
