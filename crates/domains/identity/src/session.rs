//! Sessions: how they start, go on and end.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{
    Credential, ListedSession, NewSession, OpenedSession, Renewal, Renewed, Session, SessionKind, Shown,
    TokenPair,
};
pub use service::{Held, LiveSession, Sessions};
