//! How people want things to be.

pub mod model;
pub mod routes;
pub mod service;
mod store;
#[cfg(test)]
mod tests;

pub use model::{CurrentSettings, Settings, Theme, TimeZone};
pub use service::UserSettings;
