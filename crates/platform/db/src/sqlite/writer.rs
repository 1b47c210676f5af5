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
use tokio::sync::{mpsc, oneshot};

use super::{SqliteConnection, errors, open_writer};
use crate::error::DbError;
use crate::executor::{AfterCommit, Connection, Tx};
use crate::unit::poll_once;

/// The most units of work in one transaction.
const MAX_BATCH: usize = 256;
/// A batch that has run for so long is closed, so that its first is not kept waiting by its last.
const BATCH_TIME: Duration = Duration::from_millis(20);

/// Whether a commit must outlive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Flushed to the disk before it is answered.
    Hard,
    /// May be lost with the power; what it did is then done again.
    Soft,
}

/// The way to the writer.
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
    failed: Arc<AtomicBool>,
}

enum Message {
    Work(Box<dyn Pending>),
    Close(oneshot::Sender<()>),
}

/// A unit of work with whoever waits for it.
trait Pending: Send {
    fn durability(&self) -> Durability;
    /// Whether somebody still waits, and has not waited for too long.
    fn is_wanted(&self, patience: Duration) -> bool;
    /// Runs it and says whether what it did is to stay.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Answers: with its own outcome, or with what befell the transaction.
    fn answer(self: Box<Self>, transaction: Result<(), DbError>);
}

struct Unit<W, T, E> {
    work: W,
    durability: Durability,
    since: Instant,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Pending for Unit<W, T, E>
where
    W: AsyncFn(&mut Tx) -> Result<T, E> + Send,
    T: Send,
    E: From<DbError> + Send,
{
    fn durability(&self) -> Durability {
        self.durability
    }

    fn is_wanted(&self, patience: Duration) -> bool {
        !self.reply.is_closed() && self.since.elapsed() <= patience
    }

    fn run(&mut self, tx: &mut Tx) -> bool {
        let outcome = poll_once((self.work)(tx));
        let stays = outcome.is_ok();
        self.outcome = Some(outcome);
        stays
    }

    fn answer(self: Box<Self>, transaction: Result<(), DbError>) {
        let outcome = match (transaction, self.outcome) {
            (Ok(()), Some(outcome)) => outcome,
            (Ok(()), None) => Err(DbError::Busy.into()),
            (Err(error), _) => Err(error.into()),
        };
        let _ = self.reply.send(outcome);
    }
}

impl Writer {
    pub(crate) fn start(path: &Path, queue: usize, patience: Duration) -> Result<Self, DbError> {
        let connection = open_writer(path)?;
        let (sender, receiver) = mpsc::channel(queue);
        let failed = Arc::new(AtomicBool::new(false));
        let (path, storage_failed) = (path.to_owned(), Arc::clone(&failed));
        let serve = move || {
            let tx = Some(Tx::new(Connection::Sqlite(SqliteConnection(connection))));
            Thread {
                path,
                tx,
                is_full_sync: true,
                patience,
                failed: storage_failed,
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
        let unit = Unit {
            work,
            durability,
            since: Instant::now(),
            outcome: None,
            reply,
        };
        self.queue
            .try_send(Message::Work(Box::new(unit)))
            .map_err(|_| DbError::Busy)?;
        answer.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
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

struct Thread {
    path: PathBuf,
    /// Always there between two batches.
    tx: Option<Tx>,
    is_full_sync: bool,
    patience: Duration,
    failed: Arc<AtomicBool>,
}

impl Thread {
    fn serve(mut self, mut queue: mpsc::Receiver<Message>) {
        while let Some(message) = queue.blocking_recv() {
            let first = match message {
                Message::Work(first) => first,
                Message::Close(reply) => {
                    self.close();
                    let _ = reply.send(());
                    return;
                }
            };
            let mut batch = vec![first];
            let mut close = None;
            while batch.len() < MAX_BATCH {
                match queue.try_recv() {
                    Ok(Message::Work(next)) => batch.push(next),
                    Ok(Message::Close(reply)) => {
                        close = Some(reply);
                        break;
                    }
                    Err(_) => break,
                }
            }
            self.run_batch(batch);
            if let Some(reply) = close {
                self.close();
                let _ = reply.send(());
                return;
            }
        }
        self.close();
    }

    fn close(&mut self) {
        if let Some(Connection::Sqlite(SqliteConnection(connection))) =
            self.tx.take().map(Tx::into_connection)
        {
            let _ = connection.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);");
        }
    }

    fn run_batch(&mut self, batch: Vec<Box<dyn Pending>>) {
        let (wanted, unwanted): (Vec<_>, Vec<_>) =
            batch.into_iter().partition(|unit| unit.is_wanted(self.patience));
        for unit in unwanted {
            unit.answer(Err(DbError::Busy));
        }
        let mut rest = wanted;
        while !rest.is_empty() {
            if self.has_failed() {
                rest.drain(..)
                    .for_each(|unit| unit.answer(Err(DbError::StorageFailed)));
                return;
            }
            let Some(mut tx) = self.tx.take() else { return };
            rest = self.run_together(&mut tx, rest);
            self.tx = Some(tx);
        }
    }

    /// Runs what fits into one transaction and answers it; gives back what is left over.
    fn run_together(&mut self, tx: &mut Tx, mut batch: Vec<Box<dyn Pending>>) -> Vec<Box<dyn Pending>> {
        let is_hard = batch.iter().any(|unit| unit.durability() == Durability::Hard);
        if let Err(error) = self
            .synchronize(tx, is_hard)
            .and_then(|()| execute(tx, "BEGIN IMMEDIATE"))
        {
            self.mend(tx, &error);
            batch.drain(..).for_each(|unit| unit.answer(Err(error.clone())));
            return batch;
        }
        let started = Instant::now();
        let mut left = batch.split_off(0).into_iter();
        let mut done: Vec<Box<dyn Pending>> = Vec::new();
        let mut after_commit = Vec::new();
        let is_alone = left.len() == 1;
        while let Some(mut unit) = left.next() {
            let kept = run_one(tx, unit.as_mut(), is_alone, &mut after_commit);
            done.push(unit);
            if kept.is_err() || is_autocommit(tx) && !is_alone {
                // The engine rolled the whole transaction back: what seemed done is not.
                let _ = execute_if_open(tx, "ROLLBACK");
                return self.run_singly(tx, done.into_iter().chain(left));
            }
            if started.elapsed() > BATCH_TIME {
                break;
            }
        }
        let committed = if is_autocommit(tx) {
            Ok(())
        } else {
            execute(tx, "COMMIT")
        };
        if let Err(error) = &committed {
            let _ = execute_if_open(tx, "ROLLBACK");
            self.mend(tx, error);
        } else {
            for act in after_commit {
                act();
            }
        }
        for unit in done {
            unit.answer(committed.clone());
        }
        left.collect()
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

    /// A batch without a hard unit need not wait for the disk.
    fn synchronize(&mut self, tx: &mut Tx, is_hard: bool) -> Result<(), DbError> {
        if is_hard != self.is_full_sync {
            execute(
                tx,
                if is_hard {
                    "PRAGMA synchronous = FULL"
                } else {
                    "PRAGMA synchronous = NORMAL"
                },
            )?;
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
            DbError::Unavailable(_) => match open_writer(&self.path) {
                Ok(connection) => {
                    *tx = Tx::new(Connection::Sqlite(SqliteConnection(connection)));
                    self.is_full_sync = true;
                }
                Err(error) => tracing::error!(%error, "the database file can't be opened again"),
            },
            _ => {}
        }
    }

    fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Relaxed)
    }
}

/// Runs one unit. `Err` when its savepoint can't be handled, which means that the transaction is gone.
fn run_one(
    tx: &mut Tx,
    unit: &mut dyn Pending,
    is_alone: bool,
    after_commit: &mut Vec<AfterCommit>,
) -> Result<(), DbError> {
    if !is_alone {
        execute(tx, "SAVEPOINT unit")?;
    }
    let stays = unit.run(tx);
    let acts = tx.take_after_commit();
    if stays {
        after_commit.extend(acts);
    }
    match (stays, is_alone) {
        (true, true) => Ok(()),
        (true, false) => execute(tx, "RELEASE unit"),
        (false, true) => execute_if_open(tx, "ROLLBACK"),
        (false, false) => execute(tx, "ROLLBACK TO unit").and_then(|()| execute(tx, "RELEASE unit")),
    }
}

fn raw(tx: &Tx) -> Option<&Raw> {
    match &tx.link().0 {
        Connection::Sqlite(SqliteConnection(connection)) => Some(connection),
        Connection::Postgres(_) => None,
    }
}

fn is_autocommit(tx: &Tx) -> bool {
    raw(tx).is_none_or(Raw::is_autocommit)
}

fn execute(tx: &Tx, sql: &str) -> Result<(), DbError> {
    let Some(connection) = raw(tx) else { return Ok(()) };
    connection
        .prepare_cached(sql)
        .and_then(|mut statement| statement.raw_execute().map(drop))
        .map_err(|error| errors::plain(&error))
}

fn execute_if_open(tx: &Tx, sql: &str) -> Result<(), DbError> {
    if is_autocommit(tx) {
        Ok(())
    } else {
        execute(tx, sql)
    }
}
