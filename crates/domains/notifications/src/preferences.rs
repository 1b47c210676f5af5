//! Who hears of what by which ways.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Choice, Preference, PreferencesOf};
pub use service::Preferences;
