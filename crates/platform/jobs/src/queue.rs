//! Enqueuing: a row in the caller's own transaction, which is what makes this the outbox.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::{Db, DbError, Tx};
use kernel::{Clock, IdSource, JobId, Timestamp};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::job::Job;
use crate::lane::Lane;
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
    /// By the name of the lane.
    wakes: Mutex<BTreeMap<&'static str, Arc<Notify>>>,
}

impl Queue {
    /// The queue of this process.
    pub fn new(ids: Arc<dyn IdSource>, clock: Arc<dyn Clock>) -> Self {
        let process = ids.uuid_v7(clock.now());
        Self(Arc::new(Inner {
            ids,
            clock,
            process,
            wakes: Mutex::default(),
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

    /// As [`Queue::enqueue`] or, with a `run_at`, as [`Queue::enqueue_at`], for many by one statement. Gives their ids
    /// in the order of the jobs.
    pub async fn enqueue_all<J: Job>(
        &self,
        tx: &mut Tx,
        jobs: &[J],
        run_at: Option<Timestamp>,
    ) -> Result<Vec<JobId>, DbError> {
        let new: Vec<NewJob> = jobs
            .iter()
            .map(|job| self.new_job(job))
            .collect::<Result<_, _>>()?;
        let Some(first) = new.first() else {
            return Ok(Vec::new());
        };
        let delay = run_at.map_or(Duration::ZERO, |run_at| run_at.since(first.created_at));
        store::insert_all(tx, &new, delay).await?;
        self.tell_after_commit(tx, J::NAME, J::LANE, new.len(), delay);
        Ok(new.iter().map(|job| job.id).collect())
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

    /// As [`Queue::enqueue_unique`], to be done at `run_at` by the clock that this queue was made with; one that
    /// waits already keeps its time when that is earlier.
    pub async fn enqueue_unique_at<J: Job>(
        &self,
        tx: &mut Tx,
        key: &str,
        job: &J,
        run_at: Timestamp,
    ) -> Result<JobId, DbError> {
        let mut new = self.new_job(job)?;
        new.unique_key = Some(key.to_owned());
        new.delay = run_at.since(new.created_at);
        self.insert(tx, new).await
    }

    /// Makes the worker of this process look for jobs now, in every lane.
    pub fn wake(&self) {
        self.wakes().values().for_each(|wake| wake.notify_one());
    }

    /// Told when a job of this lane is enqueued here.
    pub(crate) fn wake_of(&self, lane: Lane) -> Arc<Notify> {
        Arc::clone(self.wakes().entry(lane.name).or_default())
    }

    fn wakes(&self) -> MutexGuard<'_, BTreeMap<&'static str, Arc<Notify>>> {
        self.0.wakes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) async fn insert(&self, tx: &mut Tx, job: NewJob) -> Result<JobId, DbError> {
        let id = store::insert(tx, &job).await?;
        self.tell_after_commit(tx, job.kind, job.lane, 1, job.delay);
        Ok(id)
    }

    fn tell_after_commit(&self, tx: &mut Tx, kind: &'static str, lane: Lane, jobs: usize, delay: Duration) {
        let queue = self.clone();
        tx.after_commit(move || {
            let jobs = u64::try_from(jobs).unwrap_or(u64::MAX);
            metrics::counter!("mainstay_jobs_enqueued_total", "kind" => kind).increment(jobs);
            if delay.is_zero() {
                queue.wake_of(lane).notify_one();
            }
        });
    }

    pub(crate) fn new_job<J: Job>(&self, job: &J) -> Result<NewJob, DbError> {
        let now = self.0.clock.now();
        Ok(NewJob {
            id: JobId::new(&*self.0.ids, now),
            kind: J::NAME,
            payload: serde_json::to_value(job).map_err(DbError::internal)?,
            organization: job.organization(),
            lane: J::LANE,
            priority: job.priority(),
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
        kinds: Vec<&'static str>,
        limit: usize,
        lease: Duration,
    ) -> Result<Vec<Claimed>, DbError> {
        let owner = self.process();
        let mut claimed = db
            .write_soft(async move |tx: &mut Tx| store::claim(tx, &kinds, limit, lease, owner).await)
            .await?;
        claimed.sort_by_key(|claimed| (claimed.priority, claimed.run_at, claimed.lease.job));
        Ok(claimed)
    }

    pub(crate) fn process(&self) -> Uuid {
        self.0.process
    }

    /// A number to spread waits with.
    pub(crate) fn dice(&self) -> u64 {
        self.0.ids.uuid_v7(self.0.clock.now()).as_u64_pair().1
    }
}
