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
use crate::{Db, args, chance};

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
pub const MIGRATIONS: &[Migration] = migrations![
    1 "0001_init",
    2 "0002_sign_in",
    3 "0003_notifications",
    4 "0004_messages",
    5 "0005_notification_streams",
    6 "0006_webhooks",
    7 "0007_billing",
    8 "0008_entitlements",
    9 "0009_sandbox",
];

type Steps = &'static [Migration];

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

/// How many steps the database may be ahead, so that a node can go back by one release: a step only
/// adds what the release before does not look at (expand, deploy, contract).
const AHEAD: i64 = 1;

/// How often a step is tried when it meets locks of requests that run.
const TRIES: u32 = 20;

/// How long a node may migrate before another takes over.
const PATIENCE: Duration = Duration::from_mins(5);

/// The steps that are still to run; empty when the schema is up to date.
pub async fn pending(db: &Db) -> Result<Vec<&'static Migration>, MigrateError> {
    pending_of(db, MIGRATIONS).await
}

/// Brings the schema up to date.
pub async fn run(db: &Db, config: &DbConfig, now: Timestamp) -> Result<Report, MigrateError> {
    run_steps(db, config, now, MIGRATIONS).await
}

async fn pending_of(db: &Db, steps: Steps) -> Result<Vec<&'static Migration>, MigrateError> {
    let applied = db.read(applied).await.map_err(MigrateError::Db)?;
    let known = steps.last().map_or(0, |last| last.number);
    if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known + AHEAD) {
        return Err(MigrateError::Newer { found: *found, known });
    }
    for migration in steps {
        let was = applied.iter().find(|(number, _)| *number == migration.number);
        if was.is_some_and(|(_, checksum)| *checksum != migration.checksum(db.engine())) {
            return Err(MigrateError::Changed(migration.name));
        }
    }
    let is_pending = |migration: &&Migration| applied.iter().all(|(number, _)| *number != migration.number);
    Ok(steps.iter().filter(is_pending).collect())
}

/// The steps that ran, with their checksums. Only looks: probes ask for this all the time, also of a full disk.
async fn applied(tx: &mut ReadTx) -> Result<Vec<(i64, Vec<u8>)>, DbError> {
    let is_there = is_there(tx.engine());
    if tx.fetch_one::<i64>(is_there, args![]).await? == 0 {
        return Ok(Vec::new());
    }
    let sql = "SELECT number, checksum FROM schema_migrations ORDER BY number";
    tx.fetch_all(sql, args![]).await
}

async fn run_steps(db: &Db, config: &DbConfig, now: Timestamp, steps: Steps) -> Result<Report, MigrateError> {
    if pending_of(db, steps).await?.is_empty() {
        return Ok(Report::default());
    }
    create_tables(db).await?;
    let owner = Uuid::from_u64_pair(chance::throw(), chance::throw());
    take_lock(db, owner).await?;
    let outcome = run_locked(db, config, owner, now, steps).await;
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

async fn run_locked(
    db: &Db,
    config: &DbConfig,
    owner: Uuid,
    now: Timestamp,
    steps: Steps,
) -> Result<Report, MigrateError> {
    let mut report = Report::default();
    let pending = pending_of(db, steps).await?;
    if pending.is_empty() {
        return Ok(report);
    }
    if pending.len() < steps.len() {
        report.backup = backup(config, now).await.map_err(MigrateError::Backup)?;
    }
    for migration in pending {
        renew_lock(db, owner).await?;
        let mut tries = 1;
        loop {
            match apply_under_lock(db, owner, migration).await {
                Ok(()) => report.applied.push(migration.name),
                // Another node was faster after all.
                Err(error) if error.is_unique("schema_migrations_pkey") => {}
                Err(DbError::LockTimeout(_)) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(500)).await;
                    continue;
                }
                Err(source) => {
                    let name = migration.name;
                    return Err(MigrateError::Failed { name, source });
                }
            }
            break;
        }
    }
    Ok(report)
}

/// Renews the lease for as long as the step takes.
async fn apply_under_lock(db: &Db, owner: Uuid, migration: &'static Migration) -> Result<(), DbError> {
    let mut applying = std::pin::pin!(apply(db, migration));
    loop {
        tokio::select! {
            outcome = &mut applying => return outcome,
            () = tokio::time::sleep(Duration::from_secs(20)) => {
                // Should it be lost, the key of schema_migrations decides.
                let _ = renew_lock(db, owner).await;
            }
        }
    }
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
            Err(DbError::Unique(_) | DbError::Serialization(_)) if attempt < 10 => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            other => return other,
        }
    }
    Ok(())
}

/// Whether this database was ever migrated.
const fn is_there(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => "SELECT count(*) FROM sqlite_schema WHERE name = 'schema_migrations'",
        Engine::Postgres => {
            "SELECT count(*) FROM pg_class WHERE relname = 'schema_migrations' \
             AND relnamespace = current_schema()::regnamespace"
        }
    }
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
    pub(crate) const fn sql(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> Vec<u8> {
        Sha256::digest(self.sql(engine)).to_vec()
    }
}

#[cfg(test)]
mod tests {
    use kernel::time::{Clock as _, SystemClock};

    use super::*;
    use crate::executor::Executor;
    use crate::testing::Place;

    const fn step(number: i64, name: &'static str, sql: &'static str) -> Migration {
        Migration {
            number,
            name,
            sqlite: sql,
            postgres: sql,
        }
    }

    const ONE: &[Migration] = &[step(
        1,
        "one",
        "CREATE TABLE one (id bigint); INSERT INTO one VALUES (1);",
    )];
    const TWO: &[Migration] = &[ONE[0], step(2, "two", "CREATE TABLE two (id bigint);")];
    const BROKEN: &[Migration] = &[
        ONE[0],
        step(
            2,
            "two",
            "CREATE TABLE two (id bigint); SELECT nothing FROM nowhere;",
        ),
    ];
    const THREE: &[Migration] = &[
        ONE[0],
        TWO[1],
        step(3, "three", "CREATE TABLE three (id bigint);"),
    ];
    const EDITED: &[Migration] = &[step(1, "one", "CREATE TABLE one (id bigint, name text);")];

    async fn has(db: &Db, sql: &'static str) -> bool {
        db.read(async move |tx: &mut ReadTx| tx.fetch_all::<i64>(sql, args![]).await)
            .await
            .is_ok()
    }

    async fn bring(db: &Db, place: &Place, steps: Steps) -> Result<Report, MigrateError> {
        run_steps(db, &place.config, SystemClock.now(), steps).await
    }

    #[tokio::test]
    async fn looking_changes_nothing() {
        let place = Place::empty().await;
        let db = Db::open(&place.config).unwrap();
        assert_eq!(pending(&db).await.unwrap().len(), MIGRATIONS.len());
        let tables = crate::Schema::read(&db).await.unwrap().tables;
        assert!(tables.is_empty(), "{tables:?}");
    }

    #[tokio::test]
    async fn the_whole_schema_is_made_once() {
        let place = Place::empty().await;
        let db = Db::open(&place.config).unwrap();
        let first = run(&db, &place.config, SystemClock.now()).await.unwrap();
        assert_eq!(first.applied.len(), MIGRATIONS.len());
        assert!(first.backup.is_none(), "there was nothing to copy");
        let second = run(&db, &place.config, SystemClock.now()).await.unwrap();
        assert!(second.applied.is_empty() && pending(&db).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_step_runs_whole_or_not_at_all_after_a_copy() {
        let place = Place::empty().await;
        let db = Db::open(&place.config).unwrap();
        bring(&db, &place, ONE).await.unwrap();
        let broken = bring(&db, &place, BROKEN).await;
        assert!(
            matches!(broken, Err(MigrateError::Failed { name: "two", .. })),
            "{broken:?}"
        );
        assert!(!has(&db, "SELECT id FROM two").await);
        let report = bring(&db, &place, TWO).await.unwrap();
        assert_eq!(report.applied, ["two"]);
        assert!(has(&db, "SELECT id FROM two").await);
        assert_eq!(report.backup.is_some(), db.engine() == Engine::Sqlite);
        if let Some(path) = report.backup {
            let copy = rusqlite::Connection::open(path).unwrap();
            let count = |sql: &str| copy.query_row(sql, [], |row| row.get::<_, i64>(0));
            assert_eq!(count("SELECT count(*) FROM one"), Ok(1));
            assert!(count("SELECT count(*) FROM two").is_err());
        }
    }

    #[tokio::test]
    async fn an_edited_step_and_a_schema_from_the_future_are_refused() {
        let place = Place::empty().await;
        let db = Db::open(&place.config).unwrap();
        bring(&db, &place, TWO).await.unwrap();
        let edited = pending_of(&db, EDITED).await;
        assert!(matches!(edited, Err(MigrateError::Changed("one"))));
        assert!(
            pending_of(&db, ONE).await.unwrap().is_empty(),
            "one release back is fine"
        );
        bring(&db, &place, THREE).await.unwrap();
        let newer = bring(&db, &place, ONE).await;
        assert!(
            matches!(newer, Err(MigrateError::Newer { found: 3, known: 1 })),
            "{newer:?}"
        );
    }

    #[tokio::test]
    async fn nodes_that_start_together_take_turns() {
        for _ in 0..5 {
            let place = Place::empty().await;
            let first = Db::open(&place.config).unwrap();
            let second = match first.engine() {
                Engine::Sqlite => first.clone(),
                Engine::Postgres => Db::open(&place.config).unwrap(),
            };
            let now = SystemClock.now();
            let (one, other) =
                tokio::join!(run(&first, &place.config, now), run(&second, &place.config, now));
            let applied = one.unwrap().applied.len() + other.unwrap().applied.len();
            assert_eq!(applied, MIGRATIONS.len());
        }
    }

    #[tokio::test]
    async fn the_lease_of_a_node_that_died_runs_out() {
        let place = Place::empty().await;
        let db = Db::open(&place.config).unwrap();
        bring(&db, &place, ONE).await.unwrap();
        let dead = Uuid::from_u128(1);
        take_lock(&db, dead).await.unwrap();
        let waiting = bring(&db, &place, TWO);
        let mut waiting = std::pin::pin!(waiting);
        assert!(
            tokio::time::timeout(Duration::from_millis(400), &mut waiting)
                .await
                .is_err()
        );
        let expire = async |tx: &mut Tx| {
            tx.execute("UPDATE schema_lock SET lease_until = {after:-1 seconds}", args![])
                .await
        };
        db.write(expire).await.unwrap();
        assert_eq!(waiting.await.unwrap().applied, ["two"]);
        assert!(matches!(renew_lock(&db, dead).await, Err(MigrateError::Locked)));
    }
}
