//! The job that seals, and when the next one is due.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jobs::Job;
use kernel::Timestamp;
use serde::{Deserialize, Serialize};

/// Puts entries that wait into their chains. Enqueued soon after something happened; a schedule
/// should enqueue it every minute too, for what was missed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SealActivity {}

impl Job for SealActivity {
    const NAME: &'static str = "activity.seal";
    const MAX_ATTEMPTS: u32 = 5;
    /// Nobody waits for it.
    const PRIORITY: i32 = 10;
}

/// How long entries gather before they are sealed. One job then does them all.
const DELAY: Duration = Duration::from_secs(2);

/// What this process knows of sealing jobs that wait. Clones are the same.
#[derive(Clone, Default)]
pub(crate) struct Sealing(Arc<Mutex<Option<Timestamp>>>);

impl Sealing {
    /// When an entry made at `now` is to be sealed; `None` when a job that waits will do it. An entry
    /// whose transaction outlives that job is left to the schedule.
    pub(crate) fn due(&self, now: Timestamp) -> Option<Timestamp> {
        let due = *self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // One that is further ahead comes from a clock that was set back since.
        let waits = due.is_some_and(|due| due > now && due <= now.plus(DELAY));
        (!waits).then(|| now.plus(DELAY))
    }

    /// A job for that moment has been enqueued, durably.
    pub(crate) fn set(&self, due: Timestamp) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(due);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_job_is_enough_until_it_is_due() {
        let sealing = Sealing::default();
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let due = sealing.due(now).unwrap();
        assert_eq!(due.since(now), DELAY);
        assert!(sealing.due(now).is_some(), "not before it is durable");
        sealing.set(due);
        assert_eq!(sealing.due(now), None);
        assert!(sealing.due(due).is_some());
        assert!(sealing.due(now.minus(DELAY)).is_some());
    }
}
