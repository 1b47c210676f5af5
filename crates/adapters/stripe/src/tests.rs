//! The adapter as a whole: against made-up answers, against recorded ones, and against Stripe's own software.
//!
//! The recordings lie beside the repository and are read where they are. Nobody is asked but this machine.

mod calls;
mod checkouts;
mod fetches;
mod recorded;
mod refusals;
mod shared_data;
mod stub;
mod subscriptions;
mod webhooks;
