//! Claiming: one of these for each lane.

use std::sync::Arc;

use db::{DbError, Engine};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use crate::backoff;
use crate::runner::Runner;
use crate::sweeper::{self, Sweep};

/// The most jobs that are claimed at once.
const MAX_CLAIM: usize = 50;

/// Claims the jobs of one lane and has the worker run them.
pub(crate) struct Claimer {
    runner: Arc<Runner>,
    kinds: Vec<&'static str>,
    slots: Arc<Semaphore>,
    wake: Arc<Notify>,
}

impl Claimer {
    /// One for each lane of the worker's registry.
    pub(crate) fn all(runner: &Arc<Runner>) -> Vec<Self> {
        let lanes = runner.registry.lanes().into_iter();
        lanes
            .map(|(lane, kinds)| {
                let concurrency = lane.concurrency.unwrap_or(runner.config.concurrency);
                Self {
                    runner: Arc::clone(runner),
                    kinds,
                    slots: Arc::new(Semaphore::new(concurrency.max(1))),
                    wake: runner.queue.wake_of(lane),
                }
            })
            .collect()
    }

    pub(crate) async fn claim_until_stopped(self) {
        let runner = &*self.runner;
        runner.freed.get_or_init(|| free_leases_of_the_dead(runner)).await;
        let mut wait = runner.config.poll;
        while let Some(slots) = self.free_slots().await {
            match self.claim_and_spawn(slots).await {
                Ok(Claim::All) => {
                    wait = runner.config.poll;
                    continue;
                }
                Ok(Claim::Some) => wait = runner.config.poll,
                Ok(Claim::None) => wait = (wait * 2).min(runner.config.longest_poll),
                Err(error) => {
                    tracing::warn!(%error, "jobs can't be claimed");
                    wait = runner.config.longest_poll;
                }
            }
            let spread = wait / 4 * 3 + backoff::part(wait / 4, runner.queue.dice());
            tokio::select! {
                () = runner.stop.cancelled() => return,
                () = self.wake.notified() => {}
                () = tokio::time::sleep(spread) => {}
            }
        }
    }

    /// Waits for at least one free slot and takes all there are; `None` when it is time to stop.
    async fn free_slots(&self) -> Option<OwnedSemaphorePermit> {
        let stop = &self.runner.stop;
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
        let runner = &self.runner;
        let wanted = slots.num_permits();
        let batch = runner
            .queue
            .claim(&runner.db, self.kinds.clone(), wanted, runner.config.lease)
            .await?;
        let got = match batch.len() {
            0 => Claim::None,
            some if some < wanted => Claim::Some,
            _ => Claim::All,
        };
        for claimed in batch {
            let slot = slots.split(1);
            runner.tasks.spawn(Arc::clone(runner).run(claimed, slot));
        }
        Ok(got)
    }
}

/// An embedded database belongs to one process, so whoever held a lease before this start is dead.
async fn free_leases_of_the_dead(runner: &Runner) {
    if runner.db.engine() != Engine::Sqlite {
        return;
    }
    if let Err(error) = sweeper::sweep(&runner.db, &runner.queue, Sweep::Others).await {
        tracing::warn!(%error, "leases of an earlier start can't be freed; they will run out");
    }
}

/// How many of the jobs that there was room for were there.
enum Claim {
    All,
    Some,
    None,
}
