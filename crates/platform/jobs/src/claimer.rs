//! Claiming: one of these for each lane.

use std::sync::Arc;

use db::{DbError, Engine};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::backoff;
use crate::sweeper::{self, Sweep};
use crate::worker::Worker;

/// The most jobs that are claimed at once.
const MAX_CLAIM: usize = 50;

/// Claims the jobs of one lane and has the worker run them.
pub(crate) struct Claimer {
    worker: Arc<Worker>,
    kinds: Vec<&'static str>,
    slots: Arc<Semaphore>,
    wake: Arc<Notify>,
}

impl Claimer {
    /// One for each lane of the worker's registry.
    pub(crate) fn all(worker: &Arc<Worker>) -> Vec<Self> {
        let lanes = worker.registry.lanes().into_iter();
        lanes
            .map(|(lane, kinds)| {
                let concurrency = lane.concurrency.unwrap_or(worker.config.concurrency);
                Self {
                    worker: Arc::clone(worker),
                    kinds,
                    slots: Arc::new(Semaphore::new(concurrency.max(1))),
                    wake: worker.queue.wake_of(lane),
                }
            })
            .collect()
    }

    pub(crate) async fn claim_until_stopped(self) {
        let worker = &*self.worker;
        worker.freed.get_or_init(|| free_leases_of_the_dead(worker)).await;
        let mut wait = worker.config.poll;
        while let Some(slots) = self.free_slots().await {
            match self.claim_and_spawn(slots).await {
                Ok(Claim::All) => {
                    wait = worker.config.poll;
                    continue;
                }
                Ok(Claim::Some) => wait = worker.config.poll,
                Ok(Claim::None) => wait = (wait * 2).min(worker.config.longest_poll),
                Err(error) => {
                    tracing::warn!(%error, "jobs can't be claimed");
                    wait = worker.config.longest_poll;
                }
            }
            let spread = wait / 4 * 3 + backoff::part(wait / 4, worker.queue.dice());
            tokio::select! {
                () = worker.stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(spread) => {}
            }
        }
    }

    /// Waits for at least one free slot and takes all there are; `None` when it is time to stop.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let stop = &self.worker.stop;
        let first = tokio::select! {
            () = stop.cancelled() => return None,
            first = Arc::clone(&self.slots).acquire_owned() => first,
        };
        let mut slots = first.ok()?;
        // Nobody else takes slots, so as many as are free now can be had.
        let more = self.slots.available_permits().min(MAX_CLAIM - 1);
        let more = u32::try_from(more).unwrap_or_default();
        if let Ok(more) = Arc::clone(&self.slots).try_acquire_many_owned(more) {
            slots.merge(more);
        }
        (!stop.is_cancelled()).then_some(slots)
    }

    async fn claim_and_spawn(&self, mut slots: OwnedSemaphorePermit) -> Result<Claim, DbError> {
        let worker = &self.worker;
        let wanted = slots.num_permits();
        let batch = worker
            .queue
            .claim(&worker.db, self.kinds.clone(), wanted, worker.config.lease)
            .await?;
        let got = match batch.len() {
            0 => Claim::None,
            some if some < wanted => Claim::Some,
            _ => Claim::All,
        };
        for claimed in batch {
            let slot = slots.split(1);
            worker.tasks.spawn(Arc::clone(worker).run(claimed, slot));
        }
        Ok(got)
    }
}

/// An embedded database belongs to one process, so whoever held a lease before this start is dead.
async fn free_leases_of_the_dead(worker: &Worker) {
    if worker.db.engine() != Engine::Sqlite {
        return;
    }
    if let Err(error) = sweeper::sweep(&worker.db, &worker.queue, Sweep::Others).await {
        tracing::warn!(%error, "leases of an earlier start can't be freed; they will run out");
    }
}

/// How many of the jobs that there was room for were there.
enum Claim {
    All,
    Some,
    None,
}
