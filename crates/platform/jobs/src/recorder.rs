//! Outcomes, written down in batches: while one batch waits for the disk, the next one gathers.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError, Tx};
use kernel::JobId;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::backoff;
use crate::job::JobError;
use crate::lease::Lease;
use crate::running::Running;
use crate::store;

const MAX_BATCH: usize = 256;
/// The longest text that is kept of what went wrong, in characters.
const LONGEST_REASON: usize = 1000;
/// How often an outcome is tried to be written down. After that the lease runs out, and the job is
/// done again.
const TRIES: u32 = 8;

/// What became of an attempt.
#[derive(Debug, Clone)]
pub(crate) struct Outcome {
    pub(crate) lease: Lease,
    pub(crate) kind: String,
    pub(crate) verdict: Verdict,
}

/// What is to happen to a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    Again { after: Duration, reason: String },
    Postponed { after: Duration },
    Dead { reason: String },
}

impl Verdict {
    pub(crate) fn of(result: Result<(), JobError>, attempt: u32, max_attempts: u32, dice: u64) -> Self {
        let Err(error) = result else { return Self::Done };
        let reason = printable(error.reason());
        let wait = backoff::after_attempt(attempt, dice);
        match error {
            JobError::Dead { .. } => Self::Dead { reason },
            JobError::Postpone { after, .. } => Self::Postponed {
                after: after + backoff::part(after / 10, dice),
            },
            _ if attempt >= max_attempts => Self::Dead { reason },
            JobError::Retry { .. } => Self::Again { after: wait, reason },
            JobError::RetryAfter { after, .. } => Self::Again {
                after: after + backoff::part(after / 10, dice),
                reason,
            },
        }
    }
}

/// PostgreSQL can't hold U+0000.
fn printable(reason: &str) -> String {
    let characters = reason.chars().filter(|character| *character != '\0');
    characters.take(LONGEST_REASON).collect()
}

/// Where handlers leave their outcomes.
pub(crate) type Outcomes = mpsc::Sender<Outcome>;

/// Writes outcomes down until `flushed` says that no more will come.
pub(crate) async fn record_all(
    db: Db,
    running: Running,
    mut outcomes: mpsc::Receiver<Outcome>,
    flushed: CancellationToken,
) {
    let mut batch = Vec::new();
    loop {
        tokio::select! {
            biased;
            received = outcomes.recv_many(&mut batch, MAX_BATCH) => if received == 0 { return },
            () = flushed.cancelled() => return,
        }
        let batch: Arc<[Outcome]> = std::mem::take(&mut batch).into();
        if record(&db, Arc::clone(&batch)).await.is_err() {
            // One may be at fault for all.
            for outcome in &*batch {
                record_stubbornly(&db, outcome).await;
            }
        }
        batch.iter().for_each(|outcome| running.end(outcome.lease));
    }
}

/// Writes one batch down in one transaction.
pub(crate) async fn record(db: &Db, batch: Arc<[Outcome]>) -> Result<(), DbError> {
    let told = Arc::clone(&batch);
    let stale = db
        .write(async move |tx: &mut Tx| write_down(tx, &batch).await)
        .await?;
    for outcome in &*told {
        if stale.contains(&outcome.lease) {
            tracing::warn!(job.id = %outcome.lease.job, job.kind = outcome.kind, "the lease of a job was lost; its outcome does not count");
        } else {
            tell(outcome);
        }
    }
    Ok(())
}

async fn record_stubbornly(db: &Db, outcome: &Outcome) {
    let mut wait = Duration::from_millis(50);
    for left in (0..TRIES).rev() {
        match record(db, Arc::from([outcome.clone()])).await {
            Ok(()) => return,
            Err(error) if left == 0 => {
                tracing::error!(job.id = %outcome.lease.job, job.kind = outcome.kind, %error, "the outcome of a job can't be written down; it will be done again");
            }
            Err(_) => tokio::time::sleep(wait).await,
        }
        wait *= 2;
    }
}

/// Gives the leases that were not held any more.
async fn write_down(tx: &mut Tx, batch: &[Outcome]) -> Result<Vec<Lease>, DbError> {
    let mut stale = Vec::new();
    let mut done: BTreeMap<_, Vec<JobId>> = BTreeMap::new();
    for Outcome { lease, verdict, .. } in batch {
        let is_held = match verdict {
            Verdict::Done => {
                done.entry((lease.owner, lease.attempt))
                    .or_default()
                    .push(lease.job);
                true
            }
            Verdict::Again { after, reason } => {
                store::update_to_waiting(tx, *lease, *after, Some(reason), 0).await?
            }
            Verdict::Postponed { after } => store::update_to_waiting(tx, *lease, *after, None, 1).await?,
            Verdict::Dead { reason } => store::insert_dead(tx, *lease, reason).await?,
        };
        stale.extend((!is_held).then_some(*lease));
    }
    for ((owner, attempt), jobs) in done {
        let held = store::delete_all(tx, owner, attempt, &jobs).await?;
        let lost = jobs.into_iter().filter(|job| !held.contains(job));
        stale.extend(lost.map(|job| Lease { job, attempt, owner }));
    }
    Ok(stale)
}

fn tell(Outcome { lease, kind, verdict }: &Outcome) {
    let name = match verdict {
        Verdict::Done => "mainstay_jobs_completed_total",
        Verdict::Again { .. } => "mainstay_jobs_failed_total",
        Verdict::Postponed { .. } => "mainstay_jobs_postponed_total",
        Verdict::Dead { .. } => "mainstay_jobs_dead_total",
    };
    metrics::counter!(name, "kind" => kind.clone()).increment(1);
    let (id, attempt) = (lease.job, lease.attempt);
    match verdict {
        Verdict::Done | Verdict::Postponed { .. } => {}
        Verdict::Again { after, reason } => {
            tracing::warn!(job.id = %id, job.kind = kind, job.attempt = attempt, retry_after_ms = after.as_millis(), reason, "a job failed and will be tried again");
        }
        Verdict::Dead { reason } => {
            tracing::error!(job.id = %id, job.kind = kind, job.attempt = attempt, reason, "a job failed for good");
        }
    }
}
