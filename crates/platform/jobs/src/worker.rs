//! Starting and stopping.

use std::sync::Arc;
use std::time::Duration;

use db::{Db, DbError, Tx};
use tokio::sync::{OnceCell, mpsc};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::claimer::Claimer;
use crate::config::WorkerConfig;
use crate::heartbeat::{self, Rhythm};
use crate::queue::Queue;
use crate::recorder;
use crate::registry::Registry;
use crate::runner::Runner;
use crate::running::Running;
use crate::schedule::Schedule;
use crate::store;
use crate::sweeper;
use crate::ticker::Ticker;

/// How long a stopping worker waits for what can't be hurried: a stopped handler, the last commit.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// Does the jobs of a queue.
pub enum Worker {}

/// A worker at work. Dropping it breaks off what it does, as a crash would; [`RunningWorker::stop`]
/// lets it finish.
pub struct RunningWorker {
    pub(crate) runner: Arc<Runner>,
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
        let runner = Arc::new(Runner {
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
        let claiming = Claimer::all(&runner)
            .into_iter()
            .map(|claimer| tokio::spawn(claimer.claim_until_stopped()))
            .collect();
        RunningWorker {
            runner,
            claiming,
            recording,
            heartbeat,
            bringing,
        }
    }
}

impl RunningWorker {
    /// Claims nothing more, lets what runs finish for `grace`, stops the rest and gives its leases
    /// back, so that another process can take over at once.
    pub async fn stop(mut self, grace: Duration) {
        let runner = Arc::clone(&self.runner);
        runner.stop.cancel();
        self.bringing.iter().for_each(JoinHandle::abort);
        for claiming in &mut self.claiming {
            let _ = claiming.await;
        }
        runner.tasks.close();
        if timeout(grace, runner.tasks.wait()).await.is_err() {
            runner.running.cancel_all();
            // A handler that blocks its thread does not hear it; its lease is taken from it all the same.
            let _ = timeout(LAST_WORDS, runner.tasks.wait()).await;
        }
        self.flush(&runner).await;
    }

    async fn flush(&mut self, runner: &Runner) {
        runner.flushed.cancel();
        let _ = timeout(LAST_WORDS, &mut self.recording).await;
        let leases = runner.running.leases();
        let given_back = runner.db.write(async move |tx: &mut Tx| {
            for lease in &leases {
                store::update_to_waiting(tx, *lease, Duration::ZERO, None, 0).await?;
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
        self.runner.stop.cancel();
        self.runner.running.cancel_all();
        self.bringing.iter().for_each(JoinHandle::abort);
        self.claiming.iter().for_each(JoinHandle::abort);
        for task in [&self.recording, &self.heartbeat] {
            task.abort();
        }
    }
}
