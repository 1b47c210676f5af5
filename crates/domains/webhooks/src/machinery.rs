//! What the service of this domain works with.

use std::ops::Deref;
use std::sync::Arc;

use crypto::Sealer;
use db::Db;
use events::Publisher;
use guard::IdempotencyKeys;
use jobs::Queue;
use kernel::{Clock, IdSource};
use ports::http::HttpClient;

use crate::model::url::Schemes;

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, what is recorded with each change, and the way out.
pub struct MachineryParts {
    /// Where everything is kept.
    pub db: Db,
    /// Who hears of it.
    pub events: Publisher,
    /// What was asked for before.
    pub idempotency: IdempotencyKeys,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Where deliveries wait.
    pub queue: Queue,
    /// Asks the servers of others.
    pub http: Arc<dyn HttpClient>,
    /// Seals the secrets of endpoints.
    pub sealer: Sealer,
    /// What URLs may begin with.
    pub schemes: Schemes,
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
