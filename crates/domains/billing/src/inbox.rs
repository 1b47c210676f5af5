//! What providers tell: written down once, answered at once, and a reason to ask.

pub(crate) mod jobs;
pub(crate) mod model;
mod pace;
pub(crate) mod routes;
pub(crate) mod service;
mod store;
pub(crate) mod work;

#[cfg(test)]
mod tests;
