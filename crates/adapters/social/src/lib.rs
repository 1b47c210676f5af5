//! Signing in with accounts at providers: OpenID Connect by discovery, and plain OAuth 2 where a provider
//! has nothing better.
//!
//! [`Provider`] implements [`ports::social::SocialProvider`]. What providers differ in is a row of
//! [`presets`], not code; a provider without a row is an OpenID provider by the book, and its issuer is all
//! that has to be known. Nothing that a provider says is believed before it is checked against what was
//! pinned when it was set up: the issuer to the letter, the algorithms, the hosts that keys come from.
//!
//! | module | holds |
//! |---|---|
//! | [`presets`] | what is particular to each provider |
//! | [`config`] | [`ProviderConfig`]: a preset and what the operator adds |
//! | `jose` | strict JSON, signed tokens, keys: RFC 7515, 7517, 7518 |
//! | `ask` | JSON from servers, within limits |
//! | `claims` | what an ID token must say |
//! | `discovery` | what a provider says of itself, and its keys; remembered for a while |
//! | `credential` | how we prove to a provider who we are |
//! | `code` | from a code to tokens |
//! | `person` | who it is, from an answer in JSON |
//! | `provider` | [`Provider`] |

mod ask;
mod claims;
mod code;
pub mod config;
mod credential;
mod discovery;
mod jose;
mod person;
pub mod presets;
mod provider;

pub use config::{AppleKey, Credential, ProviderConfig, ProviderSettings, SetupError};
pub use provider::Provider;
