//! Accounts that nobody has confirmed. A stranger may have made one with somebody else's address, and have
//! left in it what lets them in later: when the owner of the address comes, all of that goes first.

pub(crate) mod service;
mod store;

pub(crate) use service::Reclamation;
