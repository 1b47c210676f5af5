//! Running what was claimed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Db, DbError, Tx};
use tokio::sync::{OnceCell, OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::claimer::Claimer;
use crate::delivery::Delivery;
use crate::heartbeat::{self, Rhythm};
use crate::lease::Claimed;
use crate::queue::Queue;
use crate::recorder::{self, Outcome, Outcomes, Verdict};
use crate::registry::Registry;
use crate::running::Running;
use crate::schedule::Schedule;
use crate::store;
use crate::sweeper;
use crate::ticker::Ticker;

/// How long a stopping worker waits for what can't be hurried: a stopped handler, the last commit.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// How a worker works. The defaults are good for one node.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// How many jobs run at once in [`crate::Lane::MAIN`].
    pub concurrency: usize,
    /// How soon an idle worker looks again without being woken; the wait grows to `longest_poll`.
    pub poll: Duration,
    /// How rarely an idle worker looks: the longest that a job of another node waits.
    pub longest_poll: Duration,
    /// How long a lease lasts: the longest that a job of a killed process waits.
    pub lease: Duration,
    /// How often leases are renewed; a third of `lease` leaves room for two failures.
    pub heartbeat: Duration,
    /// How often leases that ran out are looked for.
    pub sweep: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            concurrency: 16,
            poll: Duration::from_millis(250),
            longest_poll: Duration::from_secs(1),
            lease: Duration::from_secs(45),
            heartbeat: Duration::from_secs(15),
            sweep: Duration::from_secs(5),
        }
    }
}

/// Does the jobs of a queue.
pub struct Worker {
    pub(crate) db: Db,
    pub(crate) queue: Queue,
    pub(crate) registry: Registry,
    pub(crate) config: WorkerConfig,
    pub(crate) running: Running,
    outcomes: Outcomes,
    pub(crate) tasks: TaskTracker,
    pub(crate) stop: CancellationToken,
    /// What a process that died held has been freed.
    pub(crate) freed: OnceCell<()>,
    /// Every outcome has been left with the recorder.
    flushed: CancellationToken,
}

/// A worker at work. Dropping it breaks off what it does, as a crash would; [`RunningWorker::stop`]
/// lets it finish.
pub struct RunningWorker {
    pub(crate) worker: Arc<Worker>,
    claiming: Vec<JoinHandle<()>>,
    recording: JoinHandle<()>,
    heartbeat: JoinHandle<()>,
    /// The sweeper and the ticker, which bring new work.
    bringing: [JoinHandle<()>; 2],
}

impl Worker {
    /// Starts to work on the current Tokio runtime.
    pub fn start(
        db: Db,
        queue: Queue,
        registry: Registry,
        schedules: Vec<Schedule>,
        config: WorkerConfig,
    ) -> RunningWorker {
        let running = Running::default();
        let (outcomes, received) = mpsc::channel(1024);
        let ticker = Ticker::new(db.clone(), queue.clone(), schedules);
        let rhythm = Rhythm {
            lease: config.lease,
            every: config.heartbeat,
        };
        let flushed = CancellationToken::new();
        let record = recorder::record_all(db.clone(), running.clone(), received, flushed.clone());
        let recording = tokio::spawn(record);
        let heartbeat = tokio::spawn(heartbeat::beat(
            db.clone(),
            queue.clone(),
            running.clone(),
            rhythm,
        ));
        let bringing = [
            tokio::spawn(sweeper::sweep_forever(db.clone(), queue.clone(), config.sweep)),
            tokio::spawn(ticker.run()),
        ];
        let worker = Arc::new(Self {
            db,
            queue,
            registry,
            running,
            outcomes,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
            freed: OnceCell::new(),
            flushed,
            config,
        });
        let claiming = Claimer::all(&worker)
            .into_iter()
            .map(|claimer| tokio::spawn(claimer.claim_until_stopped()))
            .collect();
        RunningWorker {
            worker,
            claiming,
            recording,
            heartbeat,
            bringing,
        }
    }

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

impl RunningWorker {
    /// Claims nothing more, lets what runs finish for `grace`, stops the rest and gives its leases
    /// back, so that another process can take over at once.
    pub async fn stop(mut self, grace: Duration) {
        let worker = Arc::clone(&self.worker);
        worker.stop.cancel();
        self.bringing.iter().for_each(JoinHandle::abort);
        for claiming in &mut self.claiming {
            let _ = claiming.await;
        }
        worker.tasks.close();
        if timeout(grace, worker.tasks.wait()).await.is_err() {
            worker.running.cancel_all();
            // A handler that blocks its thread does not hear it; its lease is taken from it all the same.
            let _ = timeout(LAST_WORDS, worker.tasks.wait()).await;
        }
        self.flush(&worker).await;
    }

    async fn flush(&mut self, worker: &Worker) {
        worker.flushed.cancel();
        let _ = timeout(LAST_WORDS, &mut self.recording).await;
        let leases = worker.running.leases();
        let given_back = worker.db.write(async move |tx: &mut Tx| {
            for lease in &leases {
                store::update_to_waiting(tx, *lease, Duration::ZERO, None).await?;
            }
            Ok::<(), DbError>(())
        });
        if let Err(error) = given_back.await {
            tracing::warn!(%error, "leases of jobs can't be given back; they will run out");
        }
    }
}

impl Drop for RunningWorker {
    fn drop(&mut self) {
        self.worker.stop.cancel();
        self.worker.running.cancel_all();
        self.bringing.iter().for_each(JoinHandle::abort);
        self.claiming.iter().for_each(JoinHandle::abort);
        for task in [&self.recording, &self.heartbeat] {
            task.abort();
        }
    }
}
