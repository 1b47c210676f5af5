//! What the services of this domain work with.

use std::ops::Deref;
use std::sync::Arc;

use async_trait::async_trait;
use db::{Db, DbError, Tx};
use events::Publisher;
use guard::{IdempotencyKeys, Limits};
use jobs::Queue;
use kernel::{Clock, IdSource, OrganizationId};
use mail::{Mailer, Template};
use url::Url;

use crate::config::BillingConfig;
use crate::error::BillingError;
use crate::providers::Providers;

/// Built once by the server. Cheap to clone.
#[derive(Clone)]
pub struct Machinery(Arc<MachineryParts>);

/// The database, what is recorded with each change, and the providers.
pub struct MachineryParts {
    /// Where everything is kept.
    pub db: Db,
    /// Who hears of it.
    pub events: Publisher,
    /// What was asked for before.
    pub idempotency: IdempotencyKeys,
    /// How much may be started.
    pub limits: Limits,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
    /// Where work waits.
    pub queue: Queue,
    /// Mails reminders and receipts.
    pub mailer: Mailer,
    /// Who pays, as another domain knows them.
    pub organizations: Arc<dyn Organizations>,
    /// The accounts at payment providers.
    pub providers: Providers,
    /// Where people reach the server.
    pub public_url: Url,
    /// What the product calls itself.
    pub product_name: String,
    /// What the operator decides.
    pub config: BillingConfig,
}

/// What this domain asks about organizations.
#[async_trait(?Send)]
pub trait Organizations: Send + Sync {
    /// What it is called; none where it is not there, or no longer.
    async fn name_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<Option<String>, DbError>;

    /// How many members it has.
    async fn count_members_in(&self, tx: &mut Tx, id: OrganizationId) -> Result<i64, DbError>;

    /// Writes the same mail to each owner, in their languages.
    async fn mail_owners_in(
        &self,
        tx: &mut Tx,
        id: OrganizationId,
        mail: (Template, serde_json::Value),
    ) -> Result<(), BillingError>;
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
