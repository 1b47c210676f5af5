//! What a process takes from its machine: the time, and chance.

use std::sync::Arc;

use kernel::time::SystemClock;
use kernel::{Clock, IdSource, Timestamp};
use uuid::{NoContext, Uuid};

/// The time and chance that everything here runs on. Tests bring their own.
#[derive(Clone)]
pub struct Machine {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where ids come from.
    pub ids: Arc<dyn IdSource>,
}

impl Machine {
    /// The machine's own clock and randomness.
    pub fn real() -> Self {
        Self {
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds),
        }
    }
}

/// UUIDv7: the milliseconds of the time that it is given, then chance.
#[derive(Debug, Clone, Copy)]
pub struct RandomIds;

impl IdSource for RandomIds {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let milliseconds = u64::try_from(now.unix_milliseconds()).unwrap_or_default();
        let nanoseconds = u32::try_from((milliseconds % 1000) * 1_000_000).unwrap_or_default();
        Uuid::new_v7(uuid::Timestamp::from_unix(
            NoContext,
            milliseconds / 1000,
            nanoseconds,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time_and_do_not_repeat() {
        let earlier: Timestamp = "2026-01-02T03:04:05.678Z".parse().unwrap();
        let later: Timestamp = "2026-01-02T03:04:05.679Z".parse().unwrap();
        let (one, other) = (RandomIds.uuid_v7(earlier), RandomIds.uuid_v7(earlier));
        assert_ne!(one, other);
        assert!(one.max(other) < RandomIds.uuid_v7(later));
        assert_eq!(one.get_version_num(), 7);
    }
}
