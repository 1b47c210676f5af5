//! Mails that sum up what somebody has not read.

pub mod jobs;
pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use jobs::{SendDigests, SendDigestsHandler};
pub use model::{Digest, Frequency, Rhythm};
pub use service::Digests;
