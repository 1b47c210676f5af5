//! API keys: how programs are let in. A key is an organization's or a person's. It has scopes, and may never do
//! more than they say; a person's key may do less at any moment, namely what its owner may not do themselves.
//!
//! Tables: `api_keys`, `api_key_secrets`. Of `organizations` and `users` a row is locked while keys are counted.
//!
//! | module | holds |
//! |---|---|
//! | `error` | [`ApiKeyError`] |
//! | `owners` | [`Owners`]: what is asked of the domains that know people and members |
//! | `machinery` | [`Machinery`]: what the service works with |
//! | `model` | [`ApiKey`], its scopes and networks |
//! | `remembered` | keys kept in memory that are never older than a change that was answered |
//! | `store`, `service` | [`ApiKeys`]: making, changing, rotating and revoking them |
//! | `authenticate` | [`KeyAuthenticator`]: from a token to the key, and what it may do now |
//! | `subscriber` | [`ForgetKeys`], [`RevokeKeys`]: hear of organizations that are gone and accounts that their owners took |
//! | `routes` | [`routes()`]: keys of organizations, and of people |

mod authenticate;
mod error;
mod machinery;
mod model;
mod owners;
mod remembered;
mod routes;
mod service;
mod store;
mod subscriber;

pub use authenticate::KeyAuthenticator;
pub use error::ApiKeyError;
pub use machinery::{Machinery, MachineryParts};
pub use model::{
    ApiKey, ApiKeyChange, GRANTABLE, IssuedKey, KeyName, KeyOwner, Networks, NewApiKey, Rotation,
};
pub use owners::{Owners, Person, Standings};
pub use routes::routes;
pub use service::ApiKeys;
pub use subscriber::{ForgetKeys, RevokeKeys};
