//! The platform's machines that every service here works with.

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use crypto::{MasterKey, PasswordHasher};
use db::{Db, Engine};
use events::Publisher;
use guard::idempotency::IdempotencyKeys;
use guard::limit::Limits;
use guard::token::OneTimeTokens;
use kernel::{Clock, IdSource, Timestamp};
use mail::Mailer;

use crate::config::IdentityConfig;

/// Built once by the server and given to each service. Cheap to clone, and small: a request's work carries
/// several services, each with its own.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// What the machinery is made of.
#[derive(Clone)]
pub struct MachineryParts {
    /// The data door.
    pub db: Db,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Where facts are told.
    pub events: Publisher,
    /// Where mail is handed over.
    pub mailer: Mailer,
    /// How often is too often.
    pub limits: Limits,
    /// What a repeated request is answered with.
    pub idempotency: IdempotencyKeys,
    /// Links and codes that open a door once.
    pub one_time_tokens: OneTimeTokens,
    /// The threads that hash passwords.
    pub hasher: Arc<PasswordHasher>,
    /// What keys of our own are derived from.
    pub master_key: Arc<MasterKey>,
    /// The settings of this domain.
    pub config: Arc<IdentityConfig>,
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

    /// The present moment.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
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
