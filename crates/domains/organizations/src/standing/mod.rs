//! What a person may do in an organization: the roles that are built in, and the sum of those held.

pub(crate) mod built_in;
pub(crate) mod model;
pub(crate) mod service;
mod store;
