//! Signed tokens and the keys they are signed with, as little of RFC 7515, 7517 and 7518 as ID tokens need.
//!
//! Written here over `ring`, and not taken from a JWT library: those that fit need `rsa` or `aws-lc`, and
//! what a library accepts beyond the three algorithms below is what attacks are made of (RFC 8725).

mod algorithm;
pub(crate) mod json;
mod jwk;
mod jws;

pub(crate) use algorithm::Algorithm;
pub(crate) use jwk::{KeySet, Unproven};
pub(crate) use jws::{Jws, es256};
