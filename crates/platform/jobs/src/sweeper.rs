//! Leases taken from the dead, so that their jobs run again.

use std::time::Duration;

use db::{Db, DbError, ReadTx, Tx};
use kernel::JobId;

use crate::backoff;
use crate::lease::Abandoned;
use crate::queue::Queue;
use crate::store;

/// How many leases are freed in one transaction.
const PAGE: i64 = 100;
const REASON: &str = "the process that worked on it went away";

/// Whose leases are freed.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Sweep {
    /// Those that ran out.
    Expired,
    /// Those of every other process: for the start of one that has the database to itself.
    Others,
}

/// Frees what ran out, every so often, until dropped.
pub(crate) async fn sweep_forever(db: Db, queue: Queue, every: Duration) {
    loop {
        tokio::time::sleep(every + backoff::part(every / 4, queue.dice())).await;
        match sweep(&db, &queue, Sweep::Expired).await {
            Ok(0) => {}
            Ok(_) => queue.wake(),
            Err(error) => tracing::warn!(%error, "leases that ran out can't be freed"),
        }
        tell_lag(&db).await;
    }
}

/// A queue that nobody keeps up with, or whose next job nobody knows how to do, shows here.
async fn tell_lag(db: &Db) {
    let lag = async |tx: &mut ReadTx| store::find_lag(tx).await;
    if let Ok(lag) = db.read::<_, DbError>(lag).await {
        metrics::gauge!("mainstay_jobs_lag_seconds").set(lag.unwrap_or_default().as_secs_f64());
    }
}

/// Frees leases page by page and says how many there were.
pub(crate) async fn sweep(db: &Db, queue: &Queue, which: Sweep) -> Result<usize, DbError> {
    let mut total = 0;
    loop {
        let (owner, dice) = (queue.process(), queue.dice());
        let freed = db.write(async move |tx: &mut Tx| {
            let page = match which {
                Sweep::Expired => store::lock_expired(tx, PAGE).await?,
                Sweep::Others => store::lock_of_others(tx, owner, PAGE).await?,
            };
            for abandoned in &page {
                free(tx, abandoned, dice).await?;
            }
            Ok::<Vec<JobId>, DbError>(page.iter().map(|abandoned| abandoned.lease.job).collect())
        });
        let freed = freed.await?;
        for job in &freed {
            tracing::warn!(job.id = %job, "a job was taken from a process that went away");
        }
        total += freed.len();
        if i64::try_from(freed.len()).unwrap_or(PAGE) < PAGE {
            return Ok(total);
        }
    }
}

/// The attempt was counted when it began, so whoever kills its process each time ends among the dead.
async fn free(tx: &mut Tx, abandoned: &Abandoned, dice: u64) -> Result<(), DbError> {
    let lease = abandoned.lease;
    if lease.attempt >= abandoned.max_attempts {
        let (kind, id) = (abandoned.kind.clone(), lease.job);
        store::insert_dead(tx, lease, REASON).await?;
        tx.after_commit(move || {
            tracing::error!(job.id = %id, job.kind = kind, "a job failed for good: {REASON}");
            metrics::counter!("mainstay_jobs_dead_total", "kind" => kind).increment(1);
        });
        return Ok(());
    }
    let wait = backoff::after_attempt(lease.attempt, dice);
    store::update_to_waiting(tx, lease, wait, Some(REASON), 0).await?;
    metrics::counter!("mainstay_jobs_abandoned_total", "kind" => abandoned.kind.clone()).increment(1);
    Ok(())
}
