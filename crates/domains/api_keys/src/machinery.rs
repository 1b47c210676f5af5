//! What the service of this domain works with.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use db::{Db, Engine};
use events::Publisher;
use guard::IdempotencyKeys;
use kernel::{Clock, IdSource};

use crate::owners::{Owners, Standings};

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, what is recorded with each change, and who knows the owners.
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
    /// How owners stand.
    pub owners: Arc<dyn Owners>,
    /// How members stand, inside a transaction.
    pub standings: Arc<dyn Standings>,
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

    /// How long what was read may be remembered. On SQLite this process makes every change itself, so the
    /// time only keeps memory small; on PostgreSQL it is how long another node's change may go unseen.
    pub(crate) fn remembers_for(&self) -> Duration {
        match self.db.engine() {
            Engine::Sqlite => Duration::from_mins(10),
            Engine::Postgres => Duration::from_secs(5),
        }
    }
}
