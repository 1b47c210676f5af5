//! What does not agree: with a provider, or within the books. It is shown to people and never mended in silence.

pub(crate) mod model;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
