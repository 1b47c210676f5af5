//! Signing in with an account at a provider, and linking such accounts.
//!
//! | module | holds |
//! |---|---|
//! | [`model`] | ways to a provider and back, what comes of them, linked accounts |
//! | [`service`] | [`SocialSignIns`]: beginning and ending ways, who is let in, linking |
//! | [`routes`] | all of it over HTTP; the pages of browsers are in `pages::social` |

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use model::{Arrived, Callback, SocialAccount};
pub use service::{SocialSignIns, SocialSignInsParts};
