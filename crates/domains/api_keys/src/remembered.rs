//! Keys kept in memory that are never older than a change that this process answered.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kernel::{ApiKeyId, Timestamp};
use moka::sync::Cache;

use crate::model::ApiKey;

/// How many secrets are remembered.
const SECRETS: u64 = 100_000;

/// How exactly it is written down when a key was last used.
pub(crate) const USED_EVERY: Duration = Duration::from_mins(1);

/// A key, by one of its secrets.
#[derive(Debug, Clone)]
pub(crate) struct KeyOfSecret {
    pub(crate) key: ApiKey,
    /// When the secret ends, while the key is being rotated.
    pub(crate) secret_expires_at: Option<Timestamp>,
}

/// Owner: `ApiKeys`; key: the hash of a secret. A memory carries the count of changes from before it was read,
/// and each change of any key counts one up once it is durable; changes are rare.
pub(crate) struct Remembered {
    secrets: Cache<[u8; 32], Memory>,
    changes: AtomicU64,
    used: Cache<ApiKeyId, Timestamp>,
}

#[derive(Clone)]
struct Memory {
    key: Arc<KeyOfSecret>,
    change: u64,
}

impl Remembered {
    pub(crate) fn new(lifetime: Duration) -> Self {
        Self {
            secrets: Cache::builder()
                .max_capacity(SECRETS)
                .time_to_live(lifetime)
                .build(),
            changes: AtomicU64::new(0),
            used: Cache::builder().max_capacity(SECRETS).build(),
        }
    }

    /// To be taken before the read whose outcome is then given to [`Remembered::keep`].
    pub(crate) fn change(&self) -> u64 {
        self.changes.load(Ordering::SeqCst)
    }

    pub(crate) fn get(&self, hash: &[u8; 32]) -> Option<Arc<KeyOfSecret>> {
        let memory = self.secrets.get(hash)?;
        (memory.change == self.change()).then_some(memory.key)
    }

    pub(crate) fn keep(&self, hash: [u8; 32], change: u64, key: &Arc<KeyOfSecret>) {
        let key = Arc::clone(key);
        self.secrets.insert(hash, Memory { key, change });
    }

    pub(crate) fn forget_all(&self) {
        self.changes.fetch_add(1, Ordering::SeqCst);
    }

    /// Whether this use of the key is one to be written down; once a minute it is.
    pub(crate) fn is_use_due(&self, key: &ApiKey, now: Timestamp) -> bool {
        let noted = self.used.get(&key.id).max(key.last_used_at);
        let is_due = noted.is_none_or(|noted| now.since(noted) >= USED_EVERY);
        if is_due {
            self.used.insert(key.id, now);
        }
        is_due
    }
}
