//! Keys over HTTP: those of an organization, and one's own.

mod bodies;
mod organization;
mod own;

use web::Api;

use crate::service::ApiKeys;

/// The routes of keys.
pub fn routes(keys: ApiKeys) -> Api {
    organization::routes(keys.clone()).merge(own::routes(keys))
}
