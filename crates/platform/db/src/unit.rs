//! Polling units of work: they await the database and nothing else.

use std::cell::Cell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_util::FutureExt as _;

use crate::error::DbError;

/// Whether a commit must outlive a power cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Flushed to the disk before it is answered.
    Hard,
    /// May be lost with the power; what it did is then done again.
    Soft,
}

/// What runs once a unit of work is durable.
pub(crate) type AfterCommit = Box<dyn FnOnce() + Send>;

thread_local! {
    static IS_INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is inside a unit of work on SQLite.
pub(crate) fn is_inside() -> bool {
    IS_INSIDE.get()
}

/// Does what waited for a commit. A panic there undoes nothing.
pub(crate) fn act(after_commit: Vec<AfterCommit>) {
    for act in after_commit {
        if catch_unwind(AssertUnwindSafe(act)).is_err() {
            tracing::error!("what was to happen after a commit panicked");
        }
    }
}

/// Polls a unit of work once. On SQLite every statement is done when its future is polled, so one
/// that is not ready awaits something else.
pub(crate) fn poll_once<T, E: From<DbError>>(work: impl Future<Output = Result<T, E>>) -> Result<T, E> {
    let was_inside = IS_INSIDE.replace(true);
    let polled = catch_unwind(AssertUnwindSafe(|| {
        let mut work = pin!(work);
        work.as_mut().poll(&mut Context::from_waker(Waker::noop()))
    }));
    IS_INSIDE.set(was_inside);
    match polled {
        Ok(Poll::Ready(outcome)) => outcome,
        Ok(Poll::Pending) => Err(DbError::AwaitedOutside.into()),
        Err(_) => Err(DbError::Panicked.into()),
    }
}

/// How many statements of a unit of work are on their way to the server.
pub(crate) type InFlight = Rc<Cell<usize>>;

/// Drives a unit of work on PostgreSQL. One that is not ready while no statement is on its way
/// awaits something else.
pub(crate) async fn drive<T, E: From<DbError>>(
    work: impl Future<Output = Result<T, E>>,
    in_flight: InFlight,
) -> Result<T, E> {
    let mut work = pin!(AssertUnwindSafe(work).catch_unwind());
    std::future::poll_fn(move |context| match work.as_mut().poll(context) {
        Poll::Ready(Ok(outcome)) => Poll::Ready(outcome),
        Poll::Ready(Err(_)) => Poll::Ready(Err(DbError::Panicked.into())),
        Poll::Pending if in_flight.get() == 0 => Poll::Ready(Err(DbError::AwaitedOutside.into())),
        Poll::Pending => Poll::Pending,
    })
    .await
}
