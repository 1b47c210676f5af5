//! What the service of this domain works with.

use std::ops::Deref;
use std::sync::Arc;

use crypto::Mac;
use db::Db;
use jobs::Queue;
use kernel::{Clock, IdSource};
use ports::http::HttpClient;
use url::Url;

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, the time, and the way to whom it tells what happens.
pub struct MachineryParts {
    /// Where everything is kept.
    pub db: Db,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Where deliveries wait.
    pub queue: Queue,
    /// Asks the server itself, and nobody else.
    pub http: Arc<dyn HttpClient>,
    /// Signs webhooks, and tells whether a request was made before.
    pub mac: Mac,
    /// Where the server is reached: pages are there, and events are told there.
    pub public_url: Url,
}

impl Deref for Machinery {
    type Target = MachineryParts;

    fn deref(&self) -> &MachineryParts {
        &self.0
    }
}

impl Machinery {
    /// The machinery of these parts.
    pub fn new(parts: MachineryParts) -> Self {
        Self(Arc::new(parts))
    }
}
