//! The end of every way in. Whoever has shown a first factor gets a session, or, when a second factor is
//! theirs, a ticket that opens the second step and nothing else.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Entered, FirstFactor, Pending, SecondFactor, Ticket};
pub use service::Entrances;
