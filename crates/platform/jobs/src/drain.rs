//! Tests run what is due, here and now, one job after the other.

use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError};
use kernel::JobId;

use crate::delivery::Delivery;
use crate::lease::Claimed;
use crate::queue::Queue;
use crate::recorder::{self, Outcome, Verdict};
use crate::registry::Registry;

/// What [`drain`] did.
#[derive(Debug, Clone, Default)]
pub struct Drained {
    /// How many jobs succeeded.
    pub completed: usize,
    /// The attempts that failed: which job, of which kind, and why.
    pub failed: Vec<(JobId, String, String)>,
}

/// Runs every job that is due, and those that they enqueue, until nothing is left that is due. What
/// fails waits for its next attempt as it would anywhere.
///
/// # Errors
/// When the database does not answer.
pub async fn drain(db: &Db, queue: &Queue, registry: &Registry) -> Result<Drained, DbError> {
    let mut drained = Drained::default();
    loop {
        let batch = queue
            .claim(db, registry.kinds().collect(), 50, Duration::from_mins(10))
            .await?;
        if batch.is_empty() {
            return Ok(drained);
        }
        for claimed in batch {
            run(db, queue, registry, claimed, &mut drained).await?;
        }
    }
}

async fn run(
    db: &Db,
    queue: &Queue,
    registry: &Registry,
    claimed: Claimed,
    drained: &mut Drained,
) -> Result<(), DbError> {
    let delivery = Delivery::new(&claimed);
    let result = registry.run(&claimed, &delivery).await;
    match &result {
        Ok(()) => drained.completed += 1,
        Err(error) => {
            let failed = (delivery.id, claimed.kind.clone(), error.reason().to_owned());
            drained.failed.push(failed);
        }
    }
    if delivery.is_finished() {
        return Ok(());
    }
    let verdict = Verdict::of(result, delivery.attempt, delivery.max_attempts, queue.dice());
    let outcome = Outcome {
        lease: claimed.lease,
        kind: claimed.kind,
        verdict,
    };
    recorder::record(db, Arc::from([outcome])).await
}
