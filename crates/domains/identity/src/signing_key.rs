//! What access tokens are signed with. A key is public for a day before its first use and for a day after
//! the last token that it signed is over, so whoever keeps a copy of the published set is never surprised.

pub mod model;
pub mod routes;
pub mod service;
mod store;

pub use service::SigningKeys;
