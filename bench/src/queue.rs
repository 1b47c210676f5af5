//! What the queue does in a second: putting jobs in, and taking, doing and completing them.
//!
//! The jobs do nothing, so that what is measured is the queue: the claim under a lease, the call of the handler and
//! the completion, each durable as in service. The CPU time is this process's own; on PostgreSQL the server's own
//! processes are not in it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use async_trait::async_trait;
use db::{Db, DbConfig, DbError, Tx};
use jobs::{Delivery, Handler, Job, JobError, Queue, Registry, Worker, WorkerConfig};
use kernel::time::SystemClock;
use kernel::{Clock as _, IdSource, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;
use uuid::{Builder, Uuid};

use crate::{Outcome, child, report, rounds};

/// How many jobs are put in by those who put in one at a time.
const SINGLE: usize = 4_000;
/// How many do so at once.
const WRITERS: usize = 16;

/// How much is measured.
#[derive(clap::Args)]
pub(crate) struct Settings {
    /// A PostgreSQL to measure on (a superuser's URL); the embedded database when not given
    #[arg(long)]
    postgres: Option<String>,
    /// Jobs of each measurement in which many go in by one statement
    #[arg(long, default_value_t = 40_000)]
    jobs: usize,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Nothing {
    number: usize,
}

impl Job for Nothing {
    const NAME: &'static str = "bench.nothing";
    const MAX_ATTEMPTS: u32 = 3;
}

/// Ids that count within each millisecond.
struct Counting(AtomicU64);

impl IdSource for Counting {
    fn uuid_v7(&self, now: Timestamp) -> Uuid {
        let mut tail = [0; 10];
        let count = self.0.fetch_add(1, Ordering::Relaxed).to_be_bytes();
        tail.iter_mut()
            .skip(2)
            .zip(count)
            .for_each(|(to, from)| *to = from);
        let milliseconds = u64::try_from(now.unix_milliseconds()).unwrap_or_default();
        Builder::from_unix_timestamp_millis(milliseconds, &tail).into_uuid()
    }
}

/// Counts down to nothing left.
struct Counter {
    left: AtomicUsize,
    done: Notify,
}

#[async_trait]
impl Handler<Nothing> for Counter {
    async fn run(&self, _: Nothing, _: &Delivery) -> Result<(), JobError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 1 {
            self.done.notify_one();
        }
        Ok(())
    }
}

pub(crate) fn run(settings: &Settings) -> Outcome {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(measure(settings))
}

async fn measure(settings: &Settings) -> Outcome {
    let folder = tempfile::tempdir()?;
    let url = rounds::database(
        settings.postgres.as_deref(),
        folder.path(),
        "mainstay_bench_queue",
    )?;
    let config = DbConfig::new(url.parse()?);
    let db = Db::open(&config)?;
    db::migrate::run(&db, &config, SystemClock.now()).await?;
    let queue = Queue::new(Arc::new(Counting(AtomicU64::new(0))), Arc::new(SystemClock));
    report::line("| what | jobs | jobs/s | CPU µs/job |");
    report::line("|---|---|---|---|");
    row(
        &format!("enqueue, one a transaction, {WRITERS} at once"),
        SINGLE,
        enqueue_singly(&db, &queue),
    )
    .await?;
    row("work, 16 at once", SINGLE, work(&db, &queue, 16, SINGLE)).await?;
    for (batch, concurrency) in [(10, 16), (100, 50), (1_000, 200)] {
        row(
            &format!("enqueue, {batch} a transaction"),
            settings.jobs,
            enqueue_in_batches(&db, &queue, settings.jobs, batch),
        )
        .await?;
        row(
            &format!("work, {concurrency} at once"),
            settings.jobs,
            work(&db, &queue, concurrency, settings.jobs),
        )
        .await?;
    }
    Ok(())
}

async fn row(what: &str, jobs: usize, work: impl Future<Output = Outcome>) -> Outcome {
    let (before, started) = (child::cpu_of("self")?, Instant::now());
    work.await?;
    let (wall, used) = (started.elapsed(), child::cpu_of("self")?.saturating_sub(before));
    let count = f64::from(u32::try_from(jobs)?);
    report::line(&format!(
        "| {what} | {jobs} | {:.0} | {:.1} |",
        count / wall.as_secs_f64(),
        used.as_secs_f64() * 1e6 / count,
    ));
    Ok(())
}

async fn enqueue_singly(db: &Db, queue: &Queue) -> Outcome {
    let mut writers = tokio::task::JoinSet::new();
    for _ in 0..WRITERS {
        let (db, queue) = (db.clone(), queue.clone());
        writers.spawn(async move {
            for number in 0..SINGLE / WRITERS {
                let queue = queue.clone();
                db.write(async move |tx: &mut Tx| queue.enqueue(tx, &Nothing { number }).await)
                    .await?;
            }
            Ok::<(), DbError>(())
        });
    }
    while let Some(done) = writers.join_next().await {
        done??;
    }
    Ok(())
}

async fn enqueue_in_batches(db: &Db, queue: &Queue, jobs: usize, batch: usize) -> Outcome {
    for _ in 0..jobs / batch {
        let queue = queue.clone();
        let many: Vec<_> = (0..batch).map(|number| Nothing { number }).collect();
        db.write(async move |tx: &mut Tx| queue.enqueue_all(tx, &many, None).await)
            .await?;
    }
    Ok(())
}

async fn work(db: &Db, queue: &Queue, concurrency: usize, jobs: usize) -> Outcome {
    let counter = Arc::new(Counter {
        left: AtomicUsize::new(jobs),
        done: Notify::new(),
    });
    let mut registry = Registry::new();
    registry.on::<Nothing>(Arc::clone(&counter));
    let config = WorkerConfig {
        concurrency,
        ..WorkerConfig::default()
    };
    let worker = Worker::start(db.clone(), queue.clone(), registry, vec![], config);
    counter.done.notified().await;
    // Completions are part of the work.
    worker.stop(Duration::from_secs(30)).await;
    Ok(())
}
