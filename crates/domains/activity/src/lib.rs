//! The activity log: who did what, when and from where, in a form that can be proved.
//!
//! Owns the tables `activity_logs` and `activity_chains`. It hears every event in the transaction
//! that publishes it, so there is an entry exactly when there is the fact; nobody imports it. Soon
//! after, a job seals new entries into the hash chain of their organization, or of the platform:
//! not in the publishing transaction, where writers would queue for the end of the chain. [`chain`]
//! says what is hashed; [`ActivityLog::verify`] finds the first entry of a chain that was altered,
//! moved or removed.
//!
//! | module | holds |
//! |---|---|
//! | `model` | [`Activity`], [`ActivityFilter`] |
//! | [`chain`] | the hash chain: what is hashed, and how a chain is walked |
//! | `store`, `service` | [`ActivityLog`]: recording, listing, sealing, verifying |
//! | `routes` | [`routes()`]: the lists of an organization and of the platform |
//! | `subscriber` | [`RecordActivity`]: hears every event |
//! | `sealing`, `jobs` | [`SealActivity`] and its handler |
//! | `error` | [`ActivityError`] |

pub mod chain;
mod error;
mod jobs;
mod model;
mod routes;
mod sealing;
mod service;
mod store;
mod subscriber;

pub use crate::jobs::SealActivityHandler;
pub use error::ActivityError;
pub use model::{Activity, ActivityFilter, ActorFilter, Listed, Target};
pub use routes::routes;
pub use sealing::SealActivity;
pub use service::{ActivityLog, Report};
pub use subscriber::RecordActivity;

#[cfg(test)]
mod tests;
