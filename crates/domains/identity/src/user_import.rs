//! People brought along from another system, with the hashes of their passwords.

pub mod jobs;
pub(crate) mod model;
pub mod routes;
pub mod service;
mod store;
pub mod task;

pub use model::{ImportMode, ImportRow, ImportStatus, NewUserImport, Progress, RowError, UserImport};
pub use service::UserImports;
