//! One attempt at a job, as its handler sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use db::{DbError, Tx};
use kernel::JobId;

use crate::lease::{Claimed, Lease};
use crate::store;

/// One attempt at a job. Clones are the same attempt.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The job; stable over attempts, so it is a good idempotency key for the outside world.
    pub id: JobId,
    /// Which attempt this is, from 1.
    pub attempt: u32,
    /// The last one before the job is given up.
    pub max_attempts: u32,
    lease: Lease,
    is_finished: Arc<AtomicBool>,
}

impl Delivery {
    pub(crate) fn new(claimed: &Claimed) -> Self {
        Self {
            id: claimed.lease.job,
            attempt: claimed.lease.attempt,
            max_attempts: claimed.max_attempts,
            lease: claimed.lease,
            is_finished: Arc::new(AtomicBool::new(false)),
        }
    }

    /// Completes the job inside the handler's own transaction: what it wrote and the completion
    /// become durable together, once.
    ///
    /// # Errors
    /// [`DbError::NoRow`] when the lease went to somebody else; returned onwards, it rolls back what
    /// a stale worker was about to do.
    pub async fn finish(&self, tx: &mut Tx) -> Result<(), DbError> {
        if !store::delete(tx, self.lease).await? {
            return Err(DbError::NoRow);
        }
        let is_finished = Arc::clone(&self.is_finished);
        tx.after_commit(move || is_finished.store(true, Ordering::Release));
        Ok(())
    }

    /// Whether [`Delivery::finish`] has been made durable.
    pub(crate) fn is_finished(&self) -> bool {
        self.is_finished.load(Ordering::Acquire)
    }

    pub(crate) const fn lease(&self) -> Lease {
        self.lease
    }
}
