//! Endpoints, what they hear, and what is sent to them.

pub(crate) mod delivery;
pub(crate) mod endpoint;
pub(crate) mod event_types;
pub(crate) mod message;
pub(crate) mod replay;
pub(crate) mod url;
