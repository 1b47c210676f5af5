//! The door itself.

use std::path::Path;
use std::sync::Arc;

use crate::config::{DatabaseUrl, DbConfig};
use crate::dialect::Engine;
use crate::error::DbError;
use crate::executor::{Executor as _, ReadTx, Tx};
use crate::postgres::Cluster;
use crate::sqlite::{AsideReaders, DataLock, Readers, Writer, explain_open, open_writer};
use crate::unit::Durability;

/// The database. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

enum Inner {
    Sqlite {
        writer: Writer,
        readers: Readers,
        aside: AsideReaders,
    },
    Postgres(Cluster),
}

impl Inner {
    fn open_file(path: &Path, config: &DbConfig) -> Result<Self, DbError> {
        let lock = DataLock::take(path)?;
        let mut first = open_writer(path);
        if first.is_err() && lock.give_back_reserve() {
            first = open_writer(path);
        }
        let first = first.map_err(|error| explain_open(path, &error))?;
        let readers = Readers::open(path, config.readers, config.patience)?;
        let aside = AsideReaders::start(path, 2, config.queue)?;
        lock.reserve();
        Ok(Self::Sqlite {
            writer: Writer::start(first, path, lock, config)?,
            readers,
            aside,
        })
    }
}

impl Db {
    /// Opens the database without looking at its schema; see [`crate::migrate`] for that.
    pub fn open(config: &DbConfig) -> Result<Self, DbError> {
        let inner = match &config.url {
            DatabaseUrl::Sqlite(path) => Inner::open_file(path, config)?,
            DatabaseUrl::Postgres(url) => Inner::Postgres(Cluster::start(url, config)?),
        };
        Ok(Self(Arc::new(inner)))
    }

    /// Which engine is behind the door.
    pub fn engine(&self) -> Engine {
        match &*self.0 {
            Inner::Sqlite { .. } => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a unit of work in a transaction that outlives a power cut once this returns `Ok`.
    ///
    /// `work` may run more than once (PostgreSQL asks for that when two met; SQLite when another
    /// unit of the same batch broke the transaction), so it borrows or clones what it captured. It
    /// awaits `tx` and nothing else. Nothing of it stays once one of its statements has failed.
    pub async fn write<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.write_with(Durability::Hard, work).await
    }

    /// As [`Db::write`], for what may be lost with the power because it is then done again: leases,
    /// counters, when somebody was last seen.
    pub async fn write_soft<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        self.write_with(Durability::Soft, work).await
    }

    /// Deletes what is over until there is nothing left, 500 rows at a time and each time in a unit of its own, so
    /// that nobody waits long for it. `delete` takes out so many at most as it is told, and says how many it were.
    pub async fn delete_in_batches(
        &self,
        delete: impl AsyncFn(&mut Tx, u32) -> Result<u64, DbError> + Clone + Send + 'static,
    ) -> Result<(), DbError> {
        const BATCH: u32 = 500;
        loop {
            let delete = delete.clone();
            let work = async move |tx: &mut Tx| delete(tx, BATCH).await;
            if self.write_soft(work).await? < u64::from(BATCH) {
                return Ok(());
            }
        }
    }

    async fn write_with<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        durability: Durability,
        work: impl AsyncFn(&mut Tx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Inner::Sqlite { writer, .. } => writer.write(durability, work).await,
            Inner::Postgres(cluster) => cluster.write(durability, work).await,
        }
    }

    /// Runs short reads: by key, a page of a list. On SQLite they run where they are asked for.
    pub async fn read<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Inner::Sqlite { readers, .. } => readers.read(work).await,
            Inner::Postgres(cluster) => cluster.read(work).await,
        }
    }

    /// Runs long reads: searches, exports, checks. Dropping the future stops them.
    pub async fn read_aside<T: Send + 'static, E: From<DbError> + Send + 'static>(
        &self,
        work: impl AsyncFn(&mut ReadTx) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E> {
        match &*self.0 {
            Inner::Sqlite { aside, .. } => aside.read(work).await,
            Inner::Postgres(cluster) => cluster.read_aside(work).await,
        }
    }

    /// Whether the database answers and may be relied on.
    pub async fn check(&self) -> Result<(), DbError> {
        if let Inner::Sqlite { writer, .. } = &*self.0
            && writer.has_failed()
        {
            return Err(DbError::StorageFailed);
        }
        self.read(async |tx: &mut ReadTx| tx.fetch_one::<i64>("SELECT 1", vec![]).await.map(drop))
            .await
    }

    /// Lets what waits finish and closes the file; nothing to do on PostgreSQL.
    pub async fn close(&self) {
        if let Inner::Sqlite { writer, .. } = &*self.0 {
            writer.close().await;
        }
    }
}
