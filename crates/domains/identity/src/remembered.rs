//! Values kept in memory that are never older than a change that this process answered.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use moka::sync::Cache;

/// Values by key, each for a limited time. Who changes what a value was read from calls
/// [`Remembered::forget`] once the change is durable.
///
/// A value that was read before a change but arrives here after it must not stay. So readers take the
/// count of changes before they read, and what they bring is dropped when the count has moved.
pub(crate) struct Remembered<K, V> {
    values: Cache<K, Arc<V>>,
    changes: AtomicU64,
}

/// The count of changes when a read began.
#[derive(Clone, Copy)]
pub(crate) struct Seen(u64);

impl<K: Hash + Eq + Clone + Send + Sync + 'static, V: Send + Sync + 'static> Remembered<K, V> {
    /// At most `capacity` values, each for `lifetime` at most.
    pub(crate) fn new(capacity: u64, lifetime: Duration) -> Self {
        Self {
            values: Cache::builder()
                .max_capacity(capacity)
                .time_to_live(lifetime)
                .build(),
            changes: AtomicU64::new(0),
        }
    }

    pub(crate) fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values.get(key)
    }

    /// To be called before the read whose outcome is then given to [`Remembered::keep`].
    pub(crate) fn seen(&self) -> Seen {
        Seen(self.changes.load(Ordering::SeqCst))
    }

    pub(crate) fn keep(&self, seen: Seen, key: &K, value: Arc<V>) {
        if self.seen().0 != seen.0 {
            return;
        }
        self.values.insert(key.clone(), value);
        // A change may have come between: its own forgetting went before our insert then.
        if self.seen().0 != seen.0 {
            self.values.invalidate(key);
        }
    }

    pub(crate) fn forget(&self, key: &K) {
        self.changes.fetch_add(1, Ordering::SeqCst);
        self.values.invalidate(key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_before_a_change_does_not_stay() {
        let remembered = Remembered::new(10, Duration::from_mins(1));
        let seen = remembered.seen();
        remembered.keep(seen, &1, Arc::new("old"));
        assert_eq!(remembered.get(&1).as_deref(), Some(&"old"));
        let seen = remembered.seen();
        remembered.forget(&1);
        remembered.keep(seen, &1, Arc::new("old"));
        assert_eq!(remembered.get(&1), None);
        remembered.keep(remembered.seen(), &1, Arc::new("new"));
        assert_eq!(remembered.get(&1).as_deref(), Some(&"new"));
    }
}
