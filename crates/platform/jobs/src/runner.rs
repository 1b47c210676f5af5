//! Running what was claimed.

use std::sync::Arc;
use std::time::Instant;

use db::Db;
use tokio::sync::{OnceCell, OwnedSemaphorePermit};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::WorkerConfig;
use crate::delivery::Delivery;
use crate::lease::Claimed;
use crate::queue::Queue;
use crate::recorder::{Outcome, Outcomes, Verdict};
use crate::registry::Registry;
use crate::running::Running;

/// What claiming and running have in common.
pub(crate) struct Runner {
    pub(crate) db: Db,
    pub(crate) queue: Queue,
    pub(crate) registry: Registry,
    pub(crate) config: WorkerConfig,
    pub(crate) running: Running,
    pub(crate) outcomes: Outcomes,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// What a process that died held has been freed.
    pub(crate) freed: OnceCell<()>,
    /// Every outcome has been left with the recorder.
    pub(crate) flushed: CancellationToken,
}

impl Runner {
    pub(crate) async fn run(self: Arc<Self>, claimed: Claimed, slot: Option<OwnedSemaphorePermit>) {
        let lost = self.running.begin(claimed.lease);
        let delivery = Delivery::new(&claimed);
        metrics::histogram!("mainstay_jobs_wait_seconds", "kind" => claimed.kind.clone())
            .record(claimed.waited);
        let started = Instant::now();
        let result = tokio::select! {
            biased;
            () = lost.cancelled() => None,
            result = self.registry.run(&claimed, &delivery) => Some(result),
        };
        drop(slot);
        metrics::histogram!("mainstay_jobs_duration_seconds", "kind" => claimed.kind.clone())
            .record(started.elapsed());
        let lease = delivery.lease();
        match result {
            // Finished in its own transaction, or stopped: whoever holds the lease now says what becomes of it.
            _ if delivery.is_finished() => self.running.end(lease),
            None => {
                if !self.stop.is_cancelled() {
                    tracing::warn!(job.id = %delivery.id, job.kind = claimed.kind, "the lease of a job was lost while it ran");
                    self.running.end(lease);
                }
            }
            Some(result) => {
                let dice = self.queue.dice();
                let verdict = Verdict::of(result, delivery.attempt, delivery.max_attempts, dice);
                let kind = claimed.kind;
                let outcome = Outcome { lease, kind, verdict };
                // The recorder outlives every task; were it gone, the lease would run out.
                let _ = self.outcomes.send(outcome).await;
            }
        }
    }
}
