//! What the service of this domain works with.

use std::ops::Deref;
use std::sync::Arc;

use db::Db;
use events::Publisher;
use guard::{IdempotencyKeys, Limits, OneTimeTokens};
use kernel::{Clock, IdSource};
use mail::Mailer;

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, what is recorded with each change, and who makes mails of texts.
pub struct MachineryParts {
    /// Where everything is kept.
    pub db: Db,
    /// Who hears of it.
    pub events: Publisher,
    /// What was asked for before.
    pub idempotency: IdempotencyKeys,
    /// How much mail there may be.
    pub limits: Limits,
    /// Codes that are mailed.
    pub one_time_tokens: OneTimeTokens,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Has the texts that the product brings along, and tries others out.
    pub mailer: Mailer,
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
