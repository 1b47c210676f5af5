//! What happens in a person's feed, told while it happens.
//!
//! A stream has a seat in the hub of its node and a few events waiting in it, and nothing else: no task, no timer
//! and no connection to the database. One pump for the whole node looks at the feeds that have changed, for all
//! that listen to them in the same few statements, and puts into each seat what is new after the place where that
//! seat stands. A seat that has been emptied and is not at the end asks for more.
//!
//! | module | holds |
//! |---|---|
//! | `model` | [`Listener`]: who listens; `StreamEvent`: what they are told |
//! | `hub` | the seats of this node, and whose feeds are to be looked at |
//! | `store` | where feeds stand, and what is new in them |
//! | `service` | [`Streams`]: opening streams, and the pump |

pub(crate) mod hub;
pub(crate) mod model;
pub(crate) mod service;
mod store;

pub use model::{Holding, Listener, SessionCheck, StreamConfig};
pub use service::Streams;
