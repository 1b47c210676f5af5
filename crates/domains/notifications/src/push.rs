//! Messages to browsers: Web Push (RFC 8030), which push services pass on and can't read (RFC 8291), from a sender
//! that they recognise (RFC 8292).

pub mod jobs;
pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use jobs::SendPushHandler;
pub use model::{NewPushSubscription, PushSubscription, SendPush};
pub use service::PushSubscriptions;
