//! Connections that read. Short reads run where they are asked for: handing a primary-key read to
//! another thread costs more than the read. Long ones go aside, to threads of their own.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use rusqlite::Connection as Raw;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use super::open_reader;
use crate::connection::{Connection, SqliteConnection};
use crate::error::DbError;
use crate::executor::ReadTx;
use crate::unit::{is_inside, poll_once};

/// Connections for reads on the caller's own thread.
pub(crate) struct Readers {
    path: PathBuf,
    idle: Mutex<Vec<Raw>>,
    permits: Semaphore,
    patience: Duration,
}

impl Readers {
    pub(crate) fn open(path: &Path, count: usize, patience: Duration) -> Result<Self, DbError> {
        let first = open_reader(path)?;
        Ok(Self {
            path: path.to_owned(),
            idle: Mutex::new(vec![first]),
            permits: Semaphore::new(count.max(1)),
            patience,
        })
    }

    pub(crate) async fn read<T, E: From<DbError>>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E>,
    ) -> Result<T, E> {
        if is_inside() {
            // It would answer, but PostgreSQL would not: another connection is outside.
            return Err(DbError::AwaitedOutside.into());
        }
        let _permit = self.permit().await?;
        let idle = self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let connection = idle.map_or_else(|| open_reader(&self.path), Ok)?;
        let mut tx = ReadTx::new(Connection::Sqlite(SqliteConnection(connection)));
        let outcome = poll_once(work(&mut tx));
        if let Connection::Sqlite(SqliteConnection(connection)) = tx.into_connection() {
            self.idle
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push(connection);
        }
        outcome
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, DbError> {
        if let Ok(permit) = self.permits.try_acquire() {
            return Ok(permit);
        }
        match tokio::time::timeout(self.patience, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(DbError::Busy),
        }
    }
}

type Aside = Box<dyn FnOnce(&mut ReadTx) + Send>;

/// Threads for long reads: searches, exports, checks.
pub(crate) struct AsideReaders {
    queue: mpsc::SyncSender<Aside>,
}

/// How often, in steps of SQLite's machine, a long read looks whether anybody still waits for it.
const STEPS_BETWEEN_LOOKS: i32 = 10_000;

impl AsideReaders {
    pub(crate) fn start(path: &Path, threads: usize, queue: usize) -> Result<Self, DbError> {
        let (sender, receiver) = mpsc::sync_channel::<Aside>(queue);
        let receiver = Arc::new(Mutex::new(receiver));
        for number in 0..threads.max(1) {
            let (receiver, connection) = (Arc::clone(&receiver), open_reader(path)?);
            std::thread::Builder::new()
                .name(format!("db-aside-{number}"))
                .spawn(move || {
                    let mut tx = ReadTx::new(Connection::Sqlite(SqliteConnection(connection)));
                    loop {
                        let next = receiver.lock().unwrap_or_else(PoisonError::into_inner).recv();
                        let Ok(work) = next else { return };
                        work(&mut tx);
                    }
                })
                .map_err(DbError::internal)?;
        }
        Ok(Self { queue: sender })
    }

    /// Dropping the future interrupts the read.
    pub(crate) async fn read<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        let abandoned = Arc::new(AtomicBool::new(false));
        let _guard = Abandon(Arc::clone(&abandoned));
        let run: Aside = Box::new(move |tx: &mut ReadTx| {
            if abandoned.load(Ordering::Relaxed) {
                return;
            }
            look_up_from(tx, Some(abandoned));
            let _ = reply.send(poll_once(work(tx)));
            look_up_from(tx, None);
        });
        self.queue.try_send(run).map_err(|_| DbError::Busy)?;
        answer.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }
}

/// Makes statements look up from their work now and then, and stop when they are abandoned.
fn look_up_from(tx: &mut ReadTx, abandoned: Option<Arc<AtomicBool>>) {
    let look = abandoned.map(|abandoned| move || abandoned.load(Ordering::Relaxed));
    if let Some(connection) = tx.sqlite_mut() {
        let _ = connection.progress_handler(STEPS_BETWEEN_LOOKS, look);
    }
}

/// Tells the reader that nobody waits any more.
struct Abandon(Arc<AtomicBool>);

impl Drop for Abandon {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
