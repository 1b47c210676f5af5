//! The threads that talk to the server, and their connections.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;
use tokio_postgres_rustls::MakeRustlsConnect;

use super::connection::{PostgresConnection, Session, classify};
use super::tls;
use crate::config::DbConfig;
use crate::error::DbError;
use crate::executor::{Connection, ReadTx, Tx};
use crate::sqlite::Durability;
use crate::unit::drive;

/// How often a unit of work is run when the engine asks for that.
const ATTEMPTS: u32 = 8;
/// Reads that share a connection wait for each other's answers, so they are spread over a few.
const SHARED: usize = 2;

type Task = Box<dyn FnOnce(Rc<Node>) -> Pin<Box<dyn Future<Output = ()>>> + Send>;

/// All threads of this process that talk to the server.
pub(crate) struct Cluster {
    threads: Vec<mpsc::UnboundedSender<Task>>,
    next: AtomicUsize,
    waiting: Arc<Semaphore>,
}

impl Cluster {
    pub(crate) fn start(url: &str, config: &DbConfig) -> Result<Self, DbError> {
        let settings: tokio_postgres::Config = url.parse().map_err(DbError::internal)?;
        let tls = tls::connector(config.root_certificates.as_deref())?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let count = cores.min(config.max_connections / 4).clamp(1, 8);
        let writers = (config.max_connections / count).saturating_sub(SHARED).max(1);
        let mut threads = Vec::new();
        for number in 0..count {
            let (sender, receiver) = mpsc::unbounded_channel::<Task>();
            let node = Settings {
                server: with_defaults(settings.clone()),
                tls: tls.clone(),
                keep_statements: config.keep_statements,
                writers,
                patience: config.patience,
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(DbError::internal)?;
            std::thread::Builder::new()
                .name(format!("db-{number}"))
                .spawn(move || LocalSet::new().block_on(&runtime, serve(Rc::new(Node::new(node)), receiver)))
                .map_err(DbError::internal)?;
            threads.push(sender);
        }
        Ok(Self {
            threads,
            next: AtomicUsize::new(0),
            waiting: Arc::new(Semaphore::new(config.queue)),
        })
    }

    pub(crate) async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        durability: Durability,
        work: impl AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.send(move |node| Box::pin(async move { node.write(durability, work).await }))
            .await
    }

    pub(crate) async fn read<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.send(move |node| Box::pin(async move { node.read(work).await }))
            .await
    }

    async fn send<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        task: impl FnOnce(Rc<Node>) -> Pin<Box<dyn Future<Output = Result<T, E>>>> + Send + 'static,
    ) -> Result<T, E> {
        let permit = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| DbError::Busy)?;
        let (reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |node| {
            Box::pin(async move {
                let outcome = task(node).await;
                drop(permit);
                let _ = reply.send(outcome);
            })
        });
        let turn = self.next.fetch_add(1, Ordering::Relaxed) % self.threads.len().max(1);
        let thread = self.threads.get(turn).ok_or(DbError::Busy)?;
        thread.send(task).map_err(|_| DbError::Busy)?;
        answer.await.unwrap_or_else(|_| Err(DbError::Panicked.into()))
    }
}

fn with_defaults(mut settings: tokio_postgres::Config) -> tokio_postgres::Config {
    if settings.get_application_name().is_none() {
        settings.application_name("mainstay");
    }
    if settings.get_connect_timeout().is_none() {
        settings.connect_timeout(Duration::from_secs(5));
    }
    settings.tcp_user_timeout(Duration::from_secs(15));
    settings
}

async fn serve(node: Rc<Node>, mut tasks: mpsc::UnboundedReceiver<Task>) {
    while let Some(task) = tasks.recv().await {
        tokio::task::spawn_local(task(Rc::clone(&node)));
    }
}

struct Settings {
    server: tokio_postgres::Config,
    tls: MakeRustlsConnect,
    keep_statements: bool,
    writers: usize,
    patience: Duration,
}

/// The connections of one thread.
struct Node {
    settings: Settings,
    /// For units of work that write: one each.
    idle: RefCell<Vec<Rc<Session>>>,
    permits: Semaphore,
    /// For reads: shared.
    shared: [tokio::sync::Mutex<Option<Rc<Session>>>; SHARED],
    turn: Cell<usize>,
}

impl Node {
    fn new(settings: Settings) -> Self {
        let permits = Semaphore::new(settings.writers);
        Self {
            settings,
            idle: RefCell::default(),
            permits,
            shared: Default::default(),
            turn: Cell::new(0),
        }
    }

    async fn connect(&self) -> Result<Rc<Session>, DbError> {
        let connecting = self.settings.server.connect(self.settings.tls.clone());
        let connected = tokio::time::timeout(Duration::from_secs(5), connecting).await;
        let (client, connection) = connected
            .map_err(|error| DbError::Unavailable(Arc::new(error)))?
            .map_err(|error| DbError::Unavailable(Arc::new(std::io::Error::other(error.to_string()))))?;
        tokio::task::spawn_local(async move {
            if let Err(error) = connection.await {
                tracing::warn!(%error, "connection to PostgreSQL lost");
            }
        });
        if self.settings.keep_statements {
            // Settings of the session can't be relied on behind a transaction pooler; there the server's own hold.
            let settings = "SET statement_timeout = '30s'; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '10s'";
            client
                .batch_execute(settings)
                .await
                .map_err(|error| classify(&error))?;
        }
        Ok(Rc::new(Session::new(client, self.settings.keep_statements)))
    }

    async fn read<T, E: From<DbError>>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E>,
    ) -> Result<T, E> {
        let session = tokio::time::timeout(self.settings.patience, self.shared_session())
            .await
            .map_err(|_| DbError::Busy)??;
        let connection = PostgresConnection::reading(session);
        let in_flight = connection.in_flight();
        let mut tx = ReadTx::new(Connection::Postgres(connection));
        drive(work(&mut tx), in_flight).await
    }

    async fn shared_session(&self) -> Result<Rc<Session>, DbError> {
        let turn = self.turn.get();
        self.turn.set(turn.wrapping_add(1));
        let slot = self.shared.get(turn % SHARED).ok_or(DbError::Busy)?;
        let mut slot = slot.lock().await;
        match slot.as_ref().filter(|session| !session.client.is_closed()) {
            Some(session) => Ok(Rc::clone(session)),
            None => Ok(Rc::clone(slot.insert(self.connect().await?))),
        }
    }

    async fn write<T, E: From<DbError>>(
        &self,
        durability: Durability,
        work: impl AsyncFn(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E> {
        let begin = match durability {
            Durability::Hard => "BEGIN",
            Durability::Soft => "BEGIN; SET LOCAL synchronous_commit = off",
        };
        let permit = tokio::time::timeout(self.settings.patience, self.permits.acquire()).await;
        let _permit = permit.map_err(|_| DbError::Busy)?.map_err(|_| DbError::Busy)?;
        let mut attempt = 1;
        loop {
            let session = self.own_session().await?;
            match self.attempt(&session, begin, &work).await {
                Attempt::Done(outcome) => {
                    self.give_back(session);
                    return outcome;
                }
                Attempt::Again(outcome) if attempt >= ATTEMPTS => {
                    self.give_back(session);
                    return outcome;
                }
                Attempt::Again(_) => {
                    self.give_back(session);
                    tokio::time::sleep(backoff(attempt)).await;
                    attempt += 1;
                }
                Attempt::Broken(error) => return Err(error.into()),
            }
        }
    }

    async fn attempt<T, E: From<DbError>>(
        &self,
        session: &Rc<Session>,
        begin: &'static str,
        work: &impl AsyncFn(&mut Tx) -> Result<T, E>,
    ) -> Attempt<T, E> {
        let connection = PostgresConnection::writing(Rc::clone(session), begin);
        let in_flight = connection.in_flight();
        let mut tx = Tx::new(Connection::Postgres(connection));
        let outcome = drive(work(&mut tx), in_flight).await;
        let after_commit = tx.take_after_commit();
        let Connection::Postgres(mut connection) = tx.into_connection() else {
            return Attempt::Broken(DbError::Panicked);
        };
        if outcome.is_err() {
            let rolled_back = connection.finish("ROLLBACK").await;
            return match rolled_back {
                Ok(()) if connection.asks_to_retry() => Attempt::Again(outcome),
                // A session that can't roll back is closed, not given back; the outcome stands.
                _ => Attempt::Done(outcome),
            };
        }
        match connection
            .finish("COMMIT")
            .await
            .map_err(|error| classify(&error))
        {
            Ok(()) => {
                for act in after_commit {
                    act();
                }
                Attempt::Done(outcome)
            }
            Err(DbError::Serialization(source)) => Attempt::Again(Err(DbError::Serialization(source).into())),
            Err(DbError::Unavailable(source)) => Attempt::Broken(DbError::OutcomeUnknown(source)),
            Err(error) => Attempt::Broken(error),
        }
    }

    async fn own_session(&self) -> Result<Rc<Session>, DbError> {
        loop {
            let idle = self.idle.borrow_mut().pop();
            match idle {
                Some(session) if !session.client.is_closed() => return Ok(session),
                Some(_) => {}
                None => return self.connect().await,
            }
        }
    }

    fn give_back(&self, session: Rc<Session>) {
        if !session.client.is_closed() {
            self.idle.borrow_mut().push(session);
        }
    }
}

enum Attempt<T, E> {
    Done(Result<T, E>),
    Again(Result<T, E>),
    Broken(DbError),
}

/// Longer each time, and not the same for two that met: the session's address is as good as a die.
fn backoff(attempt: u32) -> Duration {
    let here = 0_u8;
    let jitter = (&raw const here).addr() / 64 % 7;
    Duration::from_millis(
        u64::from(2_u32.saturating_pow(attempt)) + u64::try_from(jitter).unwrap_or_default(),
    )
}
