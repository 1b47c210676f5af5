//! The connections of one thread, and the units of work that run on them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, SemaphorePermit};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::chance;
use crate::connection::{Connection, PostgresConnection, Session, classify};
use crate::error::DbError;
use crate::executor::{ReadTx, Tx};
use crate::unit::{Durability, act, drive};

/// How often a unit of work is run when the engine asks for that.
const ATTEMPTS: u32 = 8;
/// How often it is run when the connection broke before `COMMIT` was sent.
const CONNECTIONS: u32 = 2;
/// Reads that share a connection wait for each other's answers, so they are spread over a few.
pub(super) const SHARED: usize = 2;
/// What no request may exceed. Behind a transaction pooler a session keeps no settings.
const LIMITS: &str =
    "SET statement_timeout = '30s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'";

pub(super) struct Settings {
    pub(super) server: tokio_postgres::Config,
    pub(super) tls: MakeRustlsConnect,
    pub(super) keep_statements: bool,
    pub(super) writers: usize,
    pub(super) patience: Duration,
}

pub(super) struct Node {
    settings: Settings,
    /// For units of work that write, and for long reads: one each.
    idle: RefCell<Vec<Rc<Session>>>,
    permits: Semaphore,
    /// For short reads: shared.
    shared: [tokio::sync::Mutex<Option<Rc<Session>>>; SHARED],
    turn: Cell<usize>,
}

impl Node {
    pub(super) fn new(settings: Settings) -> Self {
        let permits = Semaphore::new(settings.writers);
        Self {
            settings,
            idle: RefCell::default(),
            permits,
            shared: Default::default(),
            turn: Cell::new(0),
        }
    }

    pub(super) async fn read<T, E: From<DbError>>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut tries = 1;
        loop {
            let session = tokio::time::timeout(self.settings.patience, self.shared_session())
                .await
                .map_err(|_| DbError::Busy)??;
            let (outcome, failure) = read_on(&session, &work).await;
            match failure {
                Some(DbError::Unavailable(_)) => session.spoil(),
                _ => return outcome,
            }
            if tries >= CONNECTIONS {
                return outcome;
            }
            tries += 1;
        }
    }

    /// On a connection of its own, so that no short read waits behind it.
    pub(super) async fn read_aside<T, E: From<DbError>>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E>,
    ) -> Result<T, E> {
        let _permit = self.permit().await?;
        let cancel = CancelOnDrop {
            session: self.own_session().await?,
            tls: self.settings.tls.clone(),
            is_done: Cell::new(false),
        };
        let (outcome, failure) = read_on(&cancel.session, &work).await;
        cancel.is_done.set(true);
        if !matches!(failure, Some(DbError::Unavailable(_))) {
            self.give_back(&cancel.session);
        }
        outcome
    }

    async fn shared_session(&self) -> Result<Rc<Session>, DbError> {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let slot = self.shared.get(turn % SHARED).ok_or(DbError::Busy)?;
        let mut slot = slot.lock().await;
        match slot.as_ref().filter(|session| session.is_good()) {
            Some(session) => Ok(Rc::clone(session)),
            None => Ok(Rc::clone(slot.insert(self.connect().await?))),
        }
    }

    pub(super) async fn write<T, E: From<DbError>>(
        &self,
        durability: Durability,
        work: impl AsyncFn(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let _permit = self.permit().await?;
        let (mut attempt, mut connections) = (1, 1);
        loop {
            let session = self.own_session().await?;
            let begin = begin(durability, &session);
            match run_once(&session, begin, &work).await {
                Attempt::Done(outcome) => {
                    self.give_back(&session);
                    return outcome;
                }
                Attempt::Again(outcome) => {
                    self.give_back(&session);
                    if attempt >= ATTEMPTS {
                        return outcome;
                    }
                    tokio::time::sleep(backoff(attempt)).await;
                    attempt += 1;
                }
                Attempt::Lost(outcome) if connections >= CONNECTIONS => return outcome,
                Attempt::Lost(_) => connections += 1,
                Attempt::Unknown(error) => return Err(error.into()),
            }
        }
    }

    async fn permit(&self) -> Result<SemaphorePermit<'_>, DbError> {
        match tokio::time::timeout(self.settings.patience, self.permits.acquire()).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err(DbError::Busy),
        }
    }

    async fn own_session(&self) -> Result<Rc<Session>, DbError> {
        loop {
            let idle = self.idle.borrow_mut().pop();
            match idle {
                Some(session) if session.is_good() => return Ok(session),
                Some(_) => {}
                None => return self.connect().await,
            }
        }
    }

    fn give_back(&self, session: &Rc<Session>) {
        if session.is_good() {
            self.idle.borrow_mut().push(Rc::clone(session));
        }
    }

    async fn connect(&self) -> Result<Rc<Session>, DbError> {
        let connecting = self.settings.server.connect(self.settings.tls.clone());
        let connected = tokio::time::timeout(Duration::from_secs(5), connecting).await;
        let (client, connection) = connected
            .map_err(|error| DbError::Unavailable(Arc::new(error)))?
            .map_err(|error| DbError::Unavailable(Arc::new(error)))?;
        let connection = tokio::task::spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "connection to PostgreSQL lost");
            }
        });
        if self.settings.keep_statements {
            client
                .batch_execute(LIMITS)
                .await
                .map_err(|error| classify(&error))?;
        }
        let keep_statements = self.settings.keep_statements;
        Ok(Rc::new(Session::new(
            client,
            connection.abort_handle(),
            keep_statements,
        )))
    }
}

async fn read_on<T, E: From<DbError>>(
    session: &Rc<Session>,
    work: &impl AsyncFn(&mut ReadTx) -> Result<T, E>,
) -> (Result<T, E>, Option<DbError>) {
    let connection = PostgresConnection::reading(Rc::clone(session));
    let in_flight = connection.in_flight();
    let mut tx = ReadTx::new(Connection::Postgres(connection));
    let outcome = drive(work(&mut tx), in_flight).await;
    // A failure that the unit of work got over is none.
    let failure = tx.take_failure().filter(|_| outcome.is_err());
    (outcome, failure)
}

enum Attempt<T, E> {
    /// Committed, or rolled back for good.
    Done(Result<T, E>),
    /// Rolled back; the engine asks to run it again.
    Again(Result<T, E>),
    /// The connection went before `COMMIT`, so nothing has happened.
    Lost(Result<T, E>),
    /// The connection went during `COMMIT`, or `COMMIT` was refused.
    Unknown(DbError),
}

async fn run_once<T, E: From<DbError>>(
    session: &Rc<Session>,
    begin: &'static str,
    work: &impl AsyncFn(&mut Tx) -> Result<T, E>,
) -> Attempt<T, E> {
    let connection = PostgresConnection::writing(Rc::clone(session), begin);
    let in_flight = connection.in_flight();
    let mut tx = Tx::new(Connection::Postgres(connection));
    let outcome = drive(work(&mut tx), in_flight).await;
    let (failure, after_commit) = (tx.take_failure(), tx.take_after_commit());
    let Connection::Postgres(mut connection) = tx.into_connection() else {
        return Attempt::Unknown(DbError::Panicked);
    };
    let outcome = match &failure {
        // The engine has given the transaction up; `COMMIT` would roll back and say nothing.
        Some(failure) if outcome.is_ok() => Err(failure.clone().into()),
        _ => outcome,
    };
    if outcome.is_err() {
        let is_rolled_back = connection.finish("ROLLBACK").await.is_ok();
        return match failure {
            Some(DbError::Unavailable(_)) => Attempt::Lost(outcome),
            Some(DbError::Serialization(_)) if is_rolled_back => Attempt::Again(outcome),
            _ => {
                if !is_rolled_back {
                    session.spoil();
                }
                Attempt::Done(outcome)
            }
        };
    }
    let committed = connection.finish("COMMIT").await;
    match committed.map_err(|error| classify(&error)) {
        Ok(()) => {
            act(after_commit);
            Attempt::Done(outcome)
        }
        Err(DbError::Serialization(source)) => Attempt::Again(Err(DbError::Serialization(source).into())),
        Err(DbError::Unavailable(source)) => Attempt::Unknown(DbError::OutcomeUnknown(source)),
        Err(error) => Attempt::Unknown(error),
    }
}

fn begin(durability: Durability, session: &Session) -> &'static str {
    match (durability, session.keeps_statements()) {
        (Durability::Hard, true) => "BEGIN",
        (Durability::Soft, true) => "BEGIN; SET LOCAL synchronous_commit = off",
        (Durability::Hard, false) => {
            "BEGIN; SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '10s'"
        }
        (Durability::Soft, false) => {
            "BEGIN; SET LOCAL statement_timeout = '30s'; SET LOCAL lock_timeout = '5s'; SET LOCAL idle_in_transaction_session_timeout = '10s'; SET LOCAL synchronous_commit = off"
        }
    }
}

/// Longer each time, and not the same for two that met.
fn backoff(attempt: u32) -> Duration {
    Duration::from_millis(u64::from(2_u32.saturating_pow(attempt)) + chance::throw() % 8)
}

/// Asks the server to stop what nobody waits for any more; the session goes with it.
struct CancelOnDrop {
    session: Rc<Session>,
    tls: MakeRustlsConnect,
    is_done: Cell<bool>,
}

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        if self.is_done.get() {
            return;
        }
        let (session, tls) = (&self.session, self.tls.clone());
        let (token, connection) = (session.client.cancel_token(), session.connection.clone());
        tokio::task::spawn_local(async move {
            // A request to cancel that comes before the statement has begun is ignored.
            for _ in 0..50 {
                let _ = token.cancel_query(tls.clone()).await;
                tokio::time::sleep(Duration::from_millis(100)).await;
                if connection.is_finished() {
                    break;
                }
            }
        });
    }
}
