//! Asking servers of others over HTTP.
//!
//! [`Outbound`] implements [`ports::http::HttpClient`]. Where a request goes is often decided by somebody
//! outside: an identity provider names its endpoints, a customer names a webhook's. So a name is resolved
//! here, each address is looked at, and the connection goes to an address that was looked at and to no
//! other: asking the name a second time can't lead elsewhere. Redirects are answers and not followed, no
//! proxy is taken from the environment, no cookie is kept, and an answer ends where its reader said.
//!
//! Owns no tables.
//!
//! | module | holds |
//! |---|---|
//! | `address` | which addresses are everybody's |
//! | `resolver` | names to addresses that may be asked |
//! | `client` | [`Outbound`], [`OneServer`] |

mod address;
mod client;
mod resolver;

pub use client::{OneServer, Outbound, OutboundConfig, OutboundError};
