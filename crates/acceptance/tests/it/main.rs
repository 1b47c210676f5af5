//! One test binary: the house rules, and the whole product over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on has failed"
)]

mod activity;
mod browser;
mod dead_jobs;
mod docs;
mod entitlements;
mod faults;
mod house;
mod identity;
mod keys;
mod mail;
mod matrix;
mod messages;
mod notifications;
mod organizations;
mod payments;
mod plans;
mod sandbox;
mod security;
mod storm;
mod streams;
mod subscriptions;
mod suppressions;
mod walkthrough;
mod webhooks;
