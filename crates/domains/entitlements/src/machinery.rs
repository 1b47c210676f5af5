//! What the services of this domain work with.

use std::ops::Deref;
use std::sync::Arc;

use db::Db;
use events::Publisher;
use guard::IdempotencyKeys;
use jobs::Queue;
use kernel::{Clock, IdSource};

use crate::config::EntitlementsConfig;

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, and what is recorded with each change.
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
    /// Where work waits.
    pub queue: Queue,
    /// What the operator decides.
    pub config: EntitlementsConfig,
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
