//! Attacks, and that nothing comes of them.

mod claims;
mod credentials;
mod enumeration;
mod forge;
mod forged;
mod headers;
mod hostile_provider;
mod input;
mod limits;
mod paths;
mod races;
mod sessions;
mod tokens;
