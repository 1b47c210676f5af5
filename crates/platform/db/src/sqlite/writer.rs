//! The one writer. Units of work that wait share a transaction, a savepoint each, and are answered
//! after its `COMMIT`: one flush to the disk for all of them (group commit).
//!
//! What fails alone is undone alone. What breaks the whole transaction (a full disk may roll it back
//! under our hands) makes each of the others run again by itself; a `COMMIT` that fails is answered
//! to everybody in the batch, and nobody was told before that it would hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::Connection as Raw;
use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot};

use super::pending::{Pending, Unit};
use super::wal::LogLength;
use super::{DataLock, open_writer};
use crate::config::DbConfig;
use crate::connection::{Connection, SqliteConnection, plain};
use crate::error::DbError;
use crate::executor::Tx;
use crate::unit::{AfterCommit, Durability, act};

/// The most units of work in one transaction.
const MAX_BATCH: usize = 256;
/// A batch that has run for so long is closed, so that its first is not kept waiting by its last.
const BATCH_TIME: Duration = Duration::from_millis(20);

/// The way to the writer.
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    failed: Arc<AtomicBool>,
}

enum Message {
    Work(Box<dyn Pending>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(crate) fn start(
        mut connection: Raw,
        path: &Path,
        lock: DataLock,
        config: &DbConfig,
    ) -> Result<Self, DbError> {
        let log = LogLength::default();
        log.follow(&mut connection)?;
        let (sender, receiver) = mpsc::channel(config.queue.max(1));
        let failed = Arc::new(AtomicBool::new(false));
        let (path, patience, storage_failed) = (path.to_owned(), config.patience, Arc::clone(&failed));
        let serve = move || {
            let tx = Some(Tx::new(Connection::Sqlite(SqliteConnection(connection))));
            Thread {
                path,
                tx,
                log,
                is_full_sync: true,
                patience,
                failed: storage_failed,
                _lock: lock,
            }
            .serve(receiver);
        };
        std::thread::Builder::new()
            .name("db-writer".into())
            .spawn(serve)
            .map_err(DbError::internal)?;
        Ok(Self {
            queue: sender,
            failed,
        })
    }

    pub(crate) async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        durability: Durability,
        work: impl AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        let (reply, answer) = oneshot::channel();
        let unit = Unit::new(work, durability, reply);
        self.queue
            .try_send(Message::Work(Box::new(unit)))
            .map_err(|error| match error {
                TrySendError::Full(_) => DbError::Busy,
                TrySendError::Closed(_) => closed(),
            })?;
        answer.await.unwrap_or_else(|_| Err(closed().into()))
    }

    /// Whether the storage failed in a way after which nothing may be promised.
    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }

    /// Lets what waits finish, then closes the file.
    pub(crate) async fn close(&self) {
        let (reply, closed) = oneshot::channel();
        if self.queue.send(Message::Close(reply)).await.is_ok() {
            let _ = closed.await;
        }
    }
}

fn closed() -> DbError {
    DbError::Unavailable(Arc::new(std::io::Error::other("the database is closed")))
}

struct Thread {
    path: PathBuf,
    /// Always there between two batches.
    tx: Option<Tx>,
    log: LogLength,
    is_full_sync: bool,
    patience: Duration,
    failed: Arc<AtomicBool>,
    /// Held until the last write is done.
    _lock: DataLock,
}

impl Thread {
    fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        let mut close = None;
        while close.is_none()
            && let Some(message) = queue.blocking_recv()
        {
            let mut batch = Vec::new();
            let mut next = Some(message);
            while let Some(message) = next {
                match message {
                    Message::Work(unit) => batch.push(unit),
                    Message::Close(reply) => close = Some(reply),
                }
                let is_full = batch.len() >= MAX_BATCH || close.is_some();
                next = if is_full { None } else { queue.try_recv().ok() };
            }
            self.run_batch(batch);
        }
        self.close();
        if let Some(reply) = close {
            let _ = reply.send(());
        }
    }

    fn close(self) {
        if let Some(connection) = self.tx.as_ref().and_then(Tx::sqlite) {
            let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
        }
    }

    fn run_batch(&mut self, batch: Vec<Box<dyn Pending>>) {
        let (wanted, unwanted): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|unit| unit.is_wanted(self.patience));
        answer(unwanted, &Err(DbError::Busy));
        let mut rest = wanted;
        while !rest.is_empty() {
            if self.failed.load(Ordering::Relaxed) {
                return answer(rest, &Err(DbError::StorageFailed));
            }
            let Some(mut tx) = self.tx.take() else { return };
            rest = self.run_together(&mut tx, rest);
            if let Err(error) = tx.sqlite().map_or(Ok(()), |raw| self.log.copy_back(raw)) {
                tracing::warn!(%error, "the write-ahead log could not be copied back");
                self.mend(&mut tx, &error);
            }
            self.tx = Some(tx);
        }
    }

    /// Runs what fits into one transaction and answers it; gives back what is left over.
    fn run_together(&mut self, tx: &mut Tx, batch: Vec<Box<dyn Pending>>) -> Vec<Box<dyn Pending>> {
        let is_hard = batch.iter().any(|unit| unit.durability() == Durability::Hard);
        let begun = self
            .synchronize(tx, is_hard)
            .and_then(|()| execute(tx, "BEGIN IMMEDIATE"));
        if let Err(error) = begun {
            self.mend(tx, &error);
            answer(batch, &Err(error));
            return Vec::new();
        }
        if batch.len() == 1 {
            self.run_alone(tx, batch);
            return Vec::new();
        }
        let started = Instant::now();
        let mut left = batch.into_iter();
        let mut done: Vec<Box<dyn Pending>> = Vec::new();
        let mut after_commit = Vec::new();
        while started.elapsed() < BATCH_TIME
            && let Some(mut unit) = left.next()
        {
            let is_whole = run_one(tx, unit.as_mut(), &mut after_commit);
            done.push(unit);
            if is_whole.is_err() || is_autocommit(tx) {
                // The engine rolled the whole transaction back: what seemed done is not.
                self.roll_back(tx);
                return self.run_singly(tx, done.into_iter().chain(left));
            }
        }
        let committed = self.commit(tx, after_commit);
        answer(done, &committed);
        left.collect()
    }

    fn run_alone(&mut self, tx: &mut Tx, mut batch: Vec<Box<dyn Pending>>) {
        let stays = batch.iter_mut().all(|unit| unit.run(tx));
        let after_commit = tx.take_after_commit();
        let committed = if stays {
            self.commit(tx, after_commit)
        } else {
            self.roll_back(tx);
            Ok(())
        };
        answer(batch, &committed);
    }

    /// Each in a transaction of its own, so that the one that breaks it is the only one to fail.
    fn run_singly(
        &mut self,
        tx: &mut Tx,
        units: impl Iterator<Item = Box<dyn Pending>>,
    ) -> Vec<Box<dyn Pending>> {
        for unit in units {
            // A single unit is never given back.
            let _ = self.run_together(tx, vec![unit]);
        }
        Vec::new()
    }

    fn commit(&mut self, tx: &mut Tx, after_commit: Vec<AfterCommit>) -> Result<(), DbError> {
        let committed = execute(tx, "COMMIT");
        match &committed {
            Ok(()) => act(after_commit),
            Err(error) => {
                self.roll_back(tx);
                self.mend(tx, error);
            }
        }
        committed
    }

    /// Ends the transaction, if need be with the connection.
    fn roll_back(&mut self, tx: &mut Tx) {
        if !is_autocommit(tx)
            && let Err(error) = execute(tx, "ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
            self.reopen(tx);
        }
    }

    /// A batch without a hard unit need not wait for the disk.
    fn synchronize(&mut self, tx: &Tx, is_hard: bool) -> Result<(), DbError> {
        if is_hard != self.is_full_sync {
            let level = if is_hard {
                "PRAGMA synchronous = FULL"
            } else {
                "PRAGMA synchronous = NORMAL"
            };
            // Not from the cache: a pragma may do its work while it is prepared.
            let connection = tx.sqlite().ok_or(DbError::StorageFailed)?;
            connection.execute_batch(level).map_err(|error| plain(&error))?;
            self.is_full_sync = is_hard;
        }
        Ok(())
    }

    /// After an error of the storage: start over with a fresh connection, or stop promising anything.
    fn mend(&mut self, tx: &mut Tx, error: &DbError) {
        match error {
            DbError::StorageFailed => {
                tracing::error!(
                    "the disk did not confirm a flush; no further write is accepted until a restart"
                );
                self.failed.store(true, Ordering::Relaxed);
            }
            DbError::Unavailable(_) => self.reopen(tx),
            _ => {}
        }
    }

    fn reopen(&mut self, tx: &mut Tx) {
        match open_following(&self.path, &self.log) {
            Ok(connection) => {
                *tx = Tx::new(Connection::Sqlite(SqliteConnection(connection)));
                self.is_full_sync = true;
            }
            Err(error) => tracing::error!(%error, "the database file can't be opened again"),
        }
    }
}

fn open_following(path: &Path, log: &LogLength) -> Result<Raw, DbError> {
    let mut connection = open_writer(path)?;
    log.follow(&mut connection)?;
    Ok(connection)
}

fn answer(units: Vec<Box<dyn Pending>>, transaction: &Result<(), DbError>) {
    for unit in units {
        unit.answer(transaction.clone());
    }
}

/// Runs one unit of several. `Err` when its savepoint can't be handled, which means that the
/// transaction is gone.
fn run_one(tx: &mut Tx, unit: &mut dyn Pending, after_commit: &mut Vec<AfterCommit>) -> Result<(), DbError> {
    execute(tx, "SAVEPOINT unit")?;
    let stays = unit.run(tx);
    let acts = tx.take_after_commit();
    if stays {
        after_commit.extend(acts);
    } else {
        execute(tx, "ROLLBACK TO unit")?;
    }
    execute(tx, "RELEASE unit")
}

fn is_autocommit(tx: &Tx) -> bool {
    tx.sqlite().is_none_or(Raw::is_autocommit)
}

fn execute(tx: &Tx, sql: &str) -> Result<(), DbError> {
    let connection = tx.sqlite().ok_or(DbError::StorageFailed)?;
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute().map(drop))
        .map_err(|error| plain(&error))
}
