//! One test binary: the house rules, and the whole product over HTTP.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that can't go on has failed"
)]

mod activity;
mod house;
mod identity;
mod matrix;
mod organizations;
mod security;
mod walkthrough;
