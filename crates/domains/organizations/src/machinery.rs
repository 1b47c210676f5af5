//! What every service of this domain works with.

use std::sync::Arc;

use db::Db;
use events::Publisher;
use guard::IdempotencyKeys;
use kernel::{Clock, IdSource};

/// The database, and what is recorded with each change.
#[derive(Clone)]
pub struct Machinery {
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
}
