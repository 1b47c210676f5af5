//! Units of work that wait for the writer.

use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use crate::error::DbError;
use crate::executor::Tx;
use crate::unit::{Durability, poll_once};

/// A unit of work with whoever waits for it.
pub(super) trait Pending: Send {
    /// Whether its commit must outlive a power cut.
    fn durability(&self) -> Durability;
    /// Whether somebody still waits, and has not waited for too long.
    fn is_wanted(&self, patience: Duration) -> bool;
    /// Runs it and says whether what it did is to stay.
    fn run(&mut self, tx: &mut Tx) -> bool;
    /// Answers: with its own outcome, or with what befell the transaction.
    fn answer(self: Box<Self>, transaction: Result<(), DbError>);
}

pub(super) struct Unit<W, T, E> {
    work: W,
    durability: Durability,
    since: Instant,
    outcome: Option<Result<T, E>>,
    reply: oneshot::Sender<Result<T, E>>,
}

impl<W, T, E> Unit<W, T, E> {
    pub(super) fn new(work: W, durability: Durability, reply: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            work,
            durability,
            since: Instant::now(),
            outcome: None,
            reply,
        }
    }
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
        let outcome = match (poll_once((self.work)(tx)), tx.take_failure()) {
            (Ok(_), Some(failure)) => Err(failure.into()),
            (outcome, _) => outcome,
        };
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
