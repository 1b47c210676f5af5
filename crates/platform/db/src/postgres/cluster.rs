//! The threads that talk to the server.

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::{Semaphore, mpsc, oneshot};
use tokio::task::LocalSet;

use super::node::{Node, SHARED, Settings};
use super::tls;
use crate::config::DbConfig;
use crate::error::DbError;
use crate::executor::{ReadTx, Tx};
use crate::unit::Durability;

#[derive(Clone, Copy)]
enum Begun {
    GoesOn,
    EndsWithItsCaller,
}

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
        self.send(Begun::GoesOn, move |node| {
            Box::pin(async move { node.write(durability, work).await })
        })
        .await
    }

    pub(crate) async fn read<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.send(Begun::GoesOn, move |node| {
            Box::pin(async move { node.read(work).await })
        })
        .await
    }

    pub(crate) async fn read_aside<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.send(Begun::EndsWithItsCaller, move |node| {
            Box::pin(async move { node.read_aside(work).await })
        })
        .await
    }

    /// Dropping the future ends a read aside; any other unit of work that has begun goes on.
    async fn send<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        once_begun: Begun,
        task: impl FnOnce(Rc<Node>) -> Pin<Box<dyn Future<Output = Result<T, E>>>> + Send + 'static,
    ) -> Result<T, E> {
        let permit = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| DbError::Busy)?;
        let (mut reply, answer) = oneshot::channel();
        let task: Task = Box::new(move |node| {
            Box::pin(async move {
                if reply.is_closed() {
                    return;
                }
                let outcome = match once_begun {
                    Begun::GoesOn => task(node).await,
                    Begun::EndsWithItsCaller => tokio::select! {
                        outcome = task(node) => outcome,
                        () = reply.closed() => return,
                    },
                };
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
