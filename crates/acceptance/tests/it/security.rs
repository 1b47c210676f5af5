//! Attacks, and that nothing comes of them.

mod claims;
mod credentials;
mod enumeration;
mod forge;
mod forged;
mod headers;
mod input;
mod limits;
mod paths;
mod races;
mod sessions;
mod tokens;
