//! Migrations: embedded, forward only, each in a transaction of its own with the note that it ran.
//!
//! Nodes that start together take turns by a lease, a row in `schema_lock`: a lock of the session
//! would not survive a transaction pooler, and not every engine has one. Should a lease run out under
//! a long migration, the key of `schema_migrations` still lets only one of two commit.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use kernel::Timestamp;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::config::{DatabaseUrl, DbConfig};
use crate::dialect::Engine;
use crate::error::DbError;
use crate::executor::{Executor as _, ReadTx, Tx};
use crate::sqlite;
use crate::{Db, args};

/// One step of the schema, in both dialects.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its place; never reused.
    pub number: i64,
    /// What it is about.
    pub name: &'static str,
    sqlite: &'static str,
    postgres: &'static str,
}

macro_rules! migrations {
    ($($number:literal $name:literal),* $(,)?) => {
        &[$(Migration {
            number: $number,
            name: $name,
            sqlite: include_str!(concat!("../../../../migrations/sqlite/", $name, ".sql")),
            postgres: include_str!(concat!("../../../../migrations/postgres/", $name, ".sql")),
        }),*]
    };
}

/// All steps, in order.
pub const MIGRATIONS: &[Migration] = migrations![1 "0001_init"];

/// What was done.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The names of the steps that ran.
    pub applied: Vec<&'static str>,
    /// The copy of the file that was taken before.
    pub backup: Option<PathBuf>,
}

/// Why the schema is not what this program needs.
#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    /// A newer program has been here.
    #[error(
        "the database has migration {found}, and this program knows {known} at most; start a newer mainstay"
    )]
    Newer {
        /// The last step in the database.
        found: i64,
        /// The last step known here.
        known: i64,
    },
    /// A step was edited after it ran.
    #[error(
        "migration {0} is not the one that was applied to this database; released migrations are never edited"
    )]
    Changed(&'static str),
    /// Another node did not finish.
    #[error("another node has been migrating for too long; start again, or look at its log")]
    Locked,
    /// A step failed.
    #[error("migration {name} failed: {source}")]
    Failed {
        /// Which.
        name: &'static str,
        /// Why.
        source: DbError,
    },
    /// No copy could be taken before.
    #[error("no copy could be taken before migrating: {0}")]
    Backup(DbError),
    /// The database can't be asked.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// How long a node may migrate before another takes over.
const PATIENCE: Duration = Duration::from_mins(5);

/// The steps that are still to run; empty when the schema is up to date.
pub async fn pending(db: &Db) -> Result<Vec<&'static Migration>, MigrateError> {
    create_tables(db).await?;
    let applied: Vec<(i64, Vec<u8>)> = db
        .read(async |tx: &mut ReadTx| {
            tx.fetch_all(
                "SELECT number, checksum FROM schema_migrations ORDER BY number",
                args![],
            )
            .await
        })
        .await
        .map_err(MigrateError::Db)?;
    let known = MIGRATIONS.last().map_or(0, |last| last.number);
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
        return Err(MigrateError::Newer { found: *found, known });
    }
    for migration in MIGRATIONS {
        let was = applied.iter().find(|(number, _)| *number == migration.number);
        if was.is_some_and(|(_, checksum)| *checksum != migration.checksum(db.engine())) {
            return Err(MigrateError::Changed(migration.name));
        }
    }
    let is_pending = |migration: &&Migration| applied.iter().all(|(number, _)| *number != migration.number);
    Ok(MIGRATIONS.iter().filter(is_pending).collect())
}

/// Brings the schema up to date.
pub async fn run(db: &Db, config: &DbConfig, now: Timestamp) -> Result<Report, MigrateError> {
    if pending(db).await?.is_empty() {
        return Ok(Report::default());
    }
    let owner = Uuid::from_bytes(rand_owner(now));
    take_lock(db, owner).await?;
    let outcome = run_locked(db, config, owner, now).await;
    let released = db
        .write(async move |tx: &mut Tx| {
            tx.execute(
                "UPDATE schema_lock SET lease_until = {now} WHERE owner = $1",
                args![owner],
            )
            .await
        })
        .await;
    outcome.and_then(|report| released.map(|_| report).map_err(MigrateError::Db))
}

async fn run_locked(db: &Db, config: &DbConfig, owner: Uuid, now: Timestamp) -> Result<Report, MigrateError> {
    let mut report = Report::default();
    let pending = pending(db).await?;
    if pending.is_empty() {
        return Ok(report);
    }
    if pending.len() < MIGRATIONS.len() {
        report.backup = backup(config, now).await.map_err(MigrateError::Backup)?;
    }
    for migration in pending {
        renew_lock(db, owner).await?;
        match apply(db, migration).await {
            Ok(()) => report.applied.push(migration.name),
            // Another node was faster after all.
            Err(error) if error.is_unique("schema_migrations_pkey") => {}
            Err(source) => {
                return Err(MigrateError::Failed {
                    name: migration.name,
                    source,
                });
            }
        }
    }
    Ok(report)
}

async fn apply(db: &Db, migration: &'static Migration) -> Result<(), DbError> {
    db.write(async move |tx: &mut Tx| {
        let engine = tx.engine();
        // First, so that a second node waits here rather than halfway.
        tx.execute(
            "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES ($1, $2, $3, {now})",
            args![migration.number, migration.name, migration.checksum(engine)],
        )
        .await?;
        tx.script(migration.sql(engine)).await
    })
    .await
}

async fn create_tables(db: &Db) -> Result<(), DbError> {
    for attempt in 0.. {
        let made: Result<(), DbError> = db
            .write(async |tx: &mut Tx| {
                let script = tables(tx.engine());
                tx.script(script).await
            })
            .await;
        match made {
            // Two nodes that make the same table at once meet in PostgreSQL's catalogue.
            Err(DbError::Unique(_)) if attempt < 10 => tokio::time::sleep(Duration::from_millis(50)).await,
            other => return other,
        }
    }
    Ok(())
}

const fn tables(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                number INTEGER NOT NULL, name TEXT NOT NULL, checksum BLOB NOT NULL, applied_at TEXT NOT NULL,
                CONSTRAINT schema_migrations_pkey PRIMARY KEY (number)) STRICT;
            CREATE TABLE IF NOT EXISTS schema_lock (
                id INTEGER NOT NULL, owner BLOB NOT NULL, lease_until TEXT NOT NULL,
                CONSTRAINT schema_lock_pkey PRIMARY KEY (id)) STRICT;"
        }
        Engine::Postgres => {
            "CREATE TABLE IF NOT EXISTS schema_migrations (
                number bigint NOT NULL, name text NOT NULL, checksum bytea NOT NULL, applied_at timestamptz NOT NULL,
                CONSTRAINT schema_migrations_pkey PRIMARY KEY (number));
            CREATE TABLE IF NOT EXISTS schema_lock (
                id bigint NOT NULL, owner uuid NOT NULL, lease_until timestamptz NOT NULL,
                CONSTRAINT schema_lock_pkey PRIMARY KEY (id));"
        }
    }
}

async fn take_lock(db: &Db, owner: Uuid) -> Result<(), MigrateError> {
    let started = Instant::now();
    while started.elapsed() < PATIENCE {
        let taken = db
            .write(async move |tx: &mut Tx| {
                tx.execute(
                    "INSERT INTO schema_lock (id, owner, lease_until) VALUES (1, $1, {after:60 seconds})
                     ON CONFLICT (id) DO UPDATE SET owner = excluded.owner, lease_until = excluded.lease_until
                     WHERE schema_lock.lease_until < {now} OR schema_lock.owner = excluded.owner",
                    args![owner],
                )
                .await
            })
            .await
            .map_err(MigrateError::Db)?;
        if taken == 1 {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(250)).await;
    }
    Err(MigrateError::Locked)
}

async fn renew_lock(db: &Db, owner: Uuid) -> Result<(), MigrateError> {
    let renewed = db
        .write(async move |tx: &mut Tx| {
            tx.execute(
                "UPDATE schema_lock SET lease_until = {after:60 seconds} WHERE id = 1 AND owner = $1",
                args![owner],
            )
            .await
        })
        .await
        .map_err(MigrateError::Db)?;
    if renewed == 1 {
        Ok(())
    } else {
        Err(MigrateError::Locked)
    }
}

async fn backup(config: &DbConfig, now: Timestamp) -> Result<Option<PathBuf>, DbError> {
    let DatabaseUrl::Sqlite(path) = &config.url else {
        return Ok(None);
    };
    let stamp = now.date_time().format("%Y%m%dT%H%M%SZ");
    let target = path
        .with_file_name("backups")
        .join(format!("before-migration-{stamp}.db"));
    let (source, to) = (path.clone(), target.clone());
    let copied = tokio::task::spawn_blocking(move || sqlite::copy_file(&source, &to)).await;
    copied.map_err(|error| DbError::Internal(Arc::new(error)))??;
    Ok(Some(target))
}

/// Unlike any other node's, for as long as a migration takes.
fn rand_owner(now: Timestamp) -> [u8; 16] {
    let mut hasher = Sha256::new();
    hasher.update(now.to_micros_text());
    hasher.update(std::process::id().to_be_bytes());
    let here = 0_u8;
    hasher.update((&raw const here).addr().to_be_bytes());
    let digest: [u8; 32] = hasher.finalize().into();
    digest.first_chunk().copied().unwrap_or_default()
}

/// The state of the schema that this program makes, in a few letters.
pub(crate) fn fingerprint(engine: Engine) -> String {
    let mut hasher = Sha256::new();
    for migration in MIGRATIONS {
        hasher.update(migration.checksum(engine));
    }
    let digest: [u8; 32] = hasher.finalize().into();
    let first = digest.first_chunk().copied().unwrap_or_default();
    format!("{:016x}", u64::from_be_bytes(first))
}

impl Migration {
    const fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> Vec<u8> {
        Sha256::digest(self.sql(engine)).to_vec()
    }
}
