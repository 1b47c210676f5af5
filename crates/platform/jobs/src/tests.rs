//! The queue on a real database, on both engines.

mod leases;
mod queueing;
mod schedules;
mod working;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use db::testing::TestDatabase;
use db::{Db, DbError, Executor as _, ReadTx, Tx, args};
use kernel::time::SystemClock;
use kernel::{Clock as _, IdSource, JobId, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::Uuid;

use crate::{
    Delivery, Handler, Job, JobError, Queue, Registry, RunningWorker, Schedule, Worker, WorkerConfig,
};

/// Ids that count, from a start that no other source shares.
struct Counting(AtomicU64);

static STARTS: AtomicU64 = AtomicU64::new(1);

impl Counting {
    fn new() -> Self {
        Self(AtomicU64::new(STARTS.fetch_add(1, Ordering::Relaxed) << 32))
    }
}

impl IdSource for Counting {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let milliseconds = u64::try_from(now.unix_milliseconds()).unwrap();
        Uuid::from_u64_pair(
            milliseconds << 16 | 0x7000,
            self.0.fetch_add(1, Ordering::Relaxed),
        )
    }
}

/// A process: a start of the program with its own queue.
fn process() -> Queue {
    Queue::new(Arc::new(Counting::new()), Arc::new(SystemClock))
}

/// A job that does as it is told.
#[derive(Debug, Clone, Serialize, Deserialize)]
enum Act {
    Succeed,
    Fail,
    Die,
    Panic,
    /// Tells that it began, then waits to be let go.
    Wait,
    /// Finishes in a transaction of its own.
    Finish,
    /// It is not the time yet.
    Postpone,
}

impl Job for Act {
    const NAME: &'static str = "test.act";
    const MAX_ATTEMPTS: u32 = 3;
}

/// What the handler did, and how it is let go.
#[derive(Default)]
struct Stage {
    began: AtomicUsize,
    ended: AtomicUsize,
    someone_began: Notify,
    go: Notify,
}

struct Actor {
    db: Db,
    stage: Arc<Stage>,
}

#[async_trait]
impl Handler<Act> for Actor {
    async fn run(&self, act: Act, delivery: &Delivery) -> Result<(), JobError> {
        self.stage.began.fetch_add(1, Ordering::SeqCst);
        self.stage.someone_began.notify_one();
        match act {
            Act::Succeed => {}
            Act::Fail => return Err(JobError::retry("not today\0")),
            Act::Postpone => {
                return Err(JobError::Postpone {
                    reason: "not yet".into(),
                    after: Duration::from_mins(1),
                });
            }
            Act::Die => return Err(JobError::dead("never")),
            Act::Panic => panic!("oh {}", "no"),
            Act::Wait => self.stage.go.notified().await,
            Act::Finish => {
                let delivery = delivery.clone();
                self.db
                    .write(async move |tx: &mut Tx| delivery.finish(tx).await)
                    .await?;
            }
        }
        self.stage.ended.fetch_add(1, Ordering::SeqCst);
        Ok(())
    }
}

struct Theatre {
    test: TestDatabase,
    queue: Queue,
    stage: Arc<Stage>,
}

impl Theatre {
    async fn open() -> Self {
        Self {
            test: TestDatabase::new().await,
            queue: process(),
            stage: Arc::default(),
        }
    }

    fn db(&self) -> &Db {
        &self.test.db
    }

    fn registry(&self) -> Registry {
        let mut registry = Registry::new();
        registry.on::<Act>(self.actor());
        registry
    }

    fn actor(&self) -> Actor {
        Actor {
            db: self.db().clone(),
            stage: Arc::clone(&self.stage),
        }
    }

    async fn enqueue(&self, act: Act) -> JobId {
        let queue = self.queue.clone();
        let enqueued = self
            .db()
            .write(async move |tx: &mut Tx| queue.enqueue(tx, &act).await);
        enqueued.await.unwrap()
    }

    fn work(&self, queue: &Queue, schedules: Vec<Schedule>, config: WorkerConfig) -> RunningWorker {
        Worker::start(
            self.db().clone(),
            queue.clone(),
            self.registry(),
            schedules,
            config,
        )
    }

    /// One number from the database.
    async fn number(&self, sql: &'static str) -> i64 {
        let number = self
            .db()
            .read(async move |tx: &mut ReadTx| tx.fetch_one::<i64>(sql, args![]).await);
        number.await.unwrap()
    }

    async fn jobs(&self) -> i64 {
        self.number("SELECT count(*) FROM jobs").await
    }

    async fn dead(&self) -> i64 {
        self.number("SELECT count(*) FROM dead_jobs").await
    }

    async fn execute(&self, sql: &'static str) {
        let done = self
            .db()
            .write(async move |tx: &mut Tx| tx.execute(sql, args![]).await);
        done.await.unwrap();
    }

    /// Lets every job be due, whatever it waited for.
    async fn make_due(&self) {
        self.execute("UPDATE jobs SET run_at = {after:-1 seconds}").await;
    }

    /// Waits until `condition` holds.
    async fn until(&self, what: &str, condition: impl AsyncFn(&Self) -> bool) {
        for _ in 0..1000 {
            if condition(self).await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never: {what}");
    }

    fn began(&self) -> usize {
        self.stage.began.load(Ordering::SeqCst)
    }

    fn ended(&self) -> usize {
        self.stage.ended.load(Ordering::SeqCst)
    }
}

/// Times short enough for a test.
fn hurried() -> WorkerConfig {
    WorkerConfig {
        concurrency: 8,
        poll: Duration::from_millis(10),
        longest_poll: Duration::from_millis(40),
        lease: Duration::from_millis(600),
        heartbeat: Duration::from_millis(150),
        sweep: Duration::from_millis(50),
    }
}
