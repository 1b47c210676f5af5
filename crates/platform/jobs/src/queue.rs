//! Enqueuing: a row in the caller's own transaction, which is what makes this the outbox.

use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError, Tx};
use kernel::{Clock, IdSource, JobId, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::job::Job;
use crate::lease::Claimed;
use crate::store::{self, NewJob};

/// Where jobs are enqueued. One for each process; clones are the same queue.
#[derive(Clone)]
pub struct Queue(Arc<Inner>);

struct Inner {
    ids: Arc<dyn IdSource>,
    clock: Arc<dyn Clock>,
    /// Tells this start of the program from every other.
    process: Uuid,
    wake: Notify,
}

impl Queue {
    /// The queue of this process.
    pub fn new(ids: Arc<dyn IdSource>, clock: Arc<dyn Clock>) -> Self {
        let process = ids.uuid_v7(clock.now());
        Self(Arc::new(Inner {
            ids,
            clock,
            process,
            wake: Notify::new(),
        }))
    }

    /// To be done as soon as the transaction is durable, and not at all when it is rolled back.
    pub async fn enqueue<J: Job>(&self, tx: &mut Tx, job: &J) -> Result<JobId, DbError> {
        self.insert(tx, self.new_job(job)?).await
    }

    /// To be done at `run_at` by the clock that this queue was made with.
    pub async fn enqueue_at<J: Job>(
        &self,
        tx: &mut Tx,
        job: &J,
        run_at: Timestamp,
    ) -> Result<JobId, DbError> {
        let mut new = self.new_job(job)?;
        new.delay = run_at.since(new.created_at);
        self.insert(tx, new).await
    }

    /// As [`Queue::enqueue`] or, with a `run_at`, as [`Queue::enqueue_at`], for many.
    pub async fn enqueue_all<J: Job>(
        &self,
        tx: &mut Tx,
        jobs: &[J],
        run_at: Option<Timestamp>,
    ) -> Result<(), DbError> {
        for job in jobs {
            let mut new = self.new_job(job)?;
            new.delay = run_at.map_or(Duration::ZERO, |run_at| run_at.since(new.created_at));
            self.insert(tx, new).await?;
        }
        Ok(())
    }

    /// As [`Queue::enqueue`], unless a job of this kind and key waits already: then that one is
    /// brought forward and its id is given. One that is under way does not count.
    ///
    /// The waiting row stays locked until the transaction ends, so that it can't start before what
    /// is written here is there to be seen. Transactions with the same key queue behind one another.
    pub async fn enqueue_unique<J: Job>(&self, tx: &mut Tx, key: &str, job: &J) -> Result<JobId, DbError> {
        let mut new = self.new_job(job)?;
        new.unique_key = Some(key.to_owned());
        self.insert(tx, new).await
    }

    /// Makes the worker of this process look for jobs now.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    pub(crate) async fn insert(&self, tx: &mut Tx, job: NewJob) -> Result<JobId, DbError> {
        let id = store::insert(tx, &job).await?;
        let queue = self.clone();
        tx.after_commit(move || {
            metrics::counter!("mainstay_jobs_enqueued_total", "kind" => job.kind).increment(1);
            if job.delay.is_zero() {
                queue.wake();
            }
        });
        Ok(id)
    }

    pub(crate) fn new_job<J: Job>(&self, job: &J) -> Result<NewJob, DbError> {
        let now = self.0.clock.now();
        Ok(NewJob {
            id: JobId::new(&*self.0.ids, now),
            kind: J::NAME,
            payload: serde_json::to_value(job).map_err(DbError::internal)?,
            organization: job.organization(),
            priority: J::PRIORITY,
            delay: Duration::ZERO,
            max_attempts: J::MAX_ATTEMPTS.max(1),
            unique_key: None,
            created_at: now,
        })
    }

    /// Takes up to `limit` due jobs of these kinds, in the order in which they are to run. Lost with
    /// the power, it is done again.
    pub(crate) async fn claim(
        &self,
        db: &Db,
        kinds: impl Iterator<Item = &'static str>,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, DbError> {
        let (kinds, owner): (Vec<_>, _) = (kinds.collect(), self.process());
        let mut claimed = db
            .write_soft(async move |tx: &mut Tx| store::claim(tx, &kinds, limit, lease, owner).await)
            .await?;
        claimed.sort_by_key(|claimed| (claimed.priority, claimed.run_at, claimed.lease.job));
        Ok(claimed)
    }

    pub(crate) fn process(&self) -> Uuid {
        self.0.process
    }

    /// Resolves when somebody enqueued since the last time.
    pub(crate) async fn woken(&self) {
        self.0.wake.notified().await;
    }

    /// A number to spread waits with.
    pub(crate) fn dice(&self) -> u64 {
        self.0.ids.uuid_v7(self.0.clock.now()).as_u64_pair().1
    }
}
