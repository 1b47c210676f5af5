//! What the service of this domain works with.

use std::ops::Deref;
use std::sync::Arc;

use crypto::MasterKey;
use db::Db;
use events::Publisher;
use guard::IdempotencyKeys;
use jobs::Queue;
use kernel::{Clock, IdSource};
use mail::Mailer;
use ports::http::HttpClient;
use url::Url;

use crate::config::PushEndpoints;

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
    /// Who is told by mail.
    pub mailer: Mailer,
    /// Where jobs wait.
    pub queue: Queue,
    /// Seals what is kept of browsers.
    pub master_key: Arc<MasterKey>,
    /// Asks push services.
    pub http: Arc<dyn HttpClient>,
    /// Where those may be.
    pub push_endpoints: PushEndpoints,
    /// Where people reach the product.
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

    /// Where a notification leads, for those who are not in the product: paths lead there.
    pub(crate) fn address_of(&self, link: &str) -> String {
        let joined = link
            .starts_with('/')
            .then(|| self.public_url.join(link).ok())
            .flatten();
        joined.map_or_else(|| link.to_owned(), String::from)
    }
}
