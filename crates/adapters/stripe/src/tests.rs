//! The adapter as a whole: against made-up answers, against recorded ones, and against Stripe's own software.
//!
//! The recordings lie beside the repository and are read where they are. Nobody is asked but this machine.

mod calls;
mod checkouts;
mod every_call;
mod fetches;
mod recorded;
mod refusals;
mod replay;
mod shared_data;
mod stub;
mod subscriptions;
mod types;
mod webhooks;
mod wire;
