//! The doors to outside parties: one trait for each kind of party, with the words that are spoken
//! through it. Adapters implement them; domains and machinery call them; neither knows the other.

pub mod http;
pub mod mail;
pub mod payments;
pub mod social;
