//! Databases for tests: one each, with the whole schema, and gone afterwards.
//!
//! They are SQLite files, or databases on the PostgreSQL that `MAINSTAY_TEST_DATABASE` names (as a
//! superuser). The migrations run once for each state of the schema and machine; every test gets a
//! copy, which costs milliseconds, so each can have its own.

use std::path::{Path, PathBuf};
use std::time::Duration;

use kernel::Clock as _;
use kernel::time::SystemClock;
use tempfile::TempDir;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, NoTls};

use crate::config::{DatabaseUrl, DbConfig};
use crate::dialect::Engine;
use crate::executor::ran_here;
use crate::{Db, chance, migrate};

type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// An open, migrated database of one test.
pub struct TestDatabase {
    /// The open door.
    pub db: Db,
    /// Where it is.
    pub place: Place,
}

/// Where the database of one test is; it goes when this is dropped.
pub struct Place {
    /// How it is opened.
    pub config: DbConfig,
    made: Made,
}

enum Made {
    Folder(TempDir),
    Database { server: String, name: String },
}

impl TestDatabase {
    /// A fresh one.
    ///
    /// # Panics
    /// When there is none to be had; a test can't go on without.
    pub async fn new() -> Self {
        let place = Place::migrated().await;
        let db = expected(Db::open(&place.config).map_err(Into::into));
        Self { db, place }
    }
}

impl Place {
    /// With the whole schema, not opened yet.
    ///
    /// # Panics
    /// When it can't be made.
    pub async fn migrated() -> Self {
        expected(match server() {
            Some(server) => database(server).await,
            None => file().await,
        })
    }

    /// With nothing in it.
    ///
    /// # Panics
    /// When it can't be made.
    pub async fn empty() -> Self {
        expected(match server() {
            Some(server) => empty_database(server).await,
            None => empty_file(),
        })
    }

    /// Which engine the tests run on.
    pub const fn engine(&self) -> Engine {
        match self.made {
            Made::Folder(_) => Engine::Sqlite,
            Made::Database { .. } => Engine::Postgres,
        }
    }

    /// A folder that goes with the database: the data directory on SQLite.
    pub fn folder(&self) -> Option<&Path> {
        match &self.made {
            Made::Folder(folder) => Some(folder.path()),
            Made::Database { .. } => None,
        }
    }
}

/// How many statements ran on this thread until now. Short reads of a file run where they are asked for, so that a
/// test can tell what an operation costs.
pub fn statements_here() -> u64 {
    ran_here()
}

#[expect(clippy::panic, reason = "a test that has no database can't go on")]
fn expected<T>(outcome: Outcome<T>) -> T {
    outcome.unwrap_or_else(|error| panic!("no database for this test: {error}"))
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests of every crate are told in one way which engine they run on"
)]
fn server() -> Option<String> {
    std::env::var("MAINSTAY_TEST_DATABASE")
        .ok()
        .filter(|url| !url.is_empty())
}

/// Unlike that of any other test that runs now or ran before.
fn unlike(prefix: &str) -> String {
    format!("{prefix}_{:016x}", chance::throw())
}

fn config_for(url: DatabaseUrl) -> DbConfig {
    DbConfig {
        // Hundreds of tests share the server.
        max_connections: 8,
        patience: Duration::from_secs(20),
        ..DbConfig::new(url)
    }
}

fn empty_file() -> Outcome<Place> {
    let folder = tempfile::Builder::new().prefix("mainstay-test-").tempdir()?;
    let config = config_for(DatabaseUrl::Sqlite(folder.path().join("mainstay.db")));
    let made = Made::Folder(folder);
    Ok(Place { config, made })
}

async fn file() -> Outcome<Place> {
    let template = std::env::temp_dir().join(format!(
        "mainstay-test-{}.db",
        migrate::fingerprint(Engine::Sqlite)
    ));
    if !template.exists() {
        make_file(&template).await?;
    }
    let place = empty_file()?;
    std::fs::copy(&template, file_of(&place.config))?;
    Ok(place)
}

async fn make_file(template: &Path) -> Outcome<()> {
    let place = empty_file()?;
    let db = Db::open(&place.config)?;
    migrate::run(&db, &place.config, SystemClock.now()).await?;
    db.close().await;
    drop(db);
    // Under its name only when it is whole; another process may be doing the same.
    let part = template.with_extension(unlike("part"));
    std::fs::copy(file_of(&place.config), &part)?;
    Ok(std::fs::rename(part, template)?)
}

fn file_of(config: &DbConfig) -> PathBuf {
    match &config.url {
        DatabaseUrl::Sqlite(path) => path.clone(),
        DatabaseUrl::Postgres(_) => PathBuf::new(),
    }
}

async fn empty_database(server: String) -> Outcome<Place> {
    let name = unlike("mainstay_test");
    let client = connect(&server).await?;
    client.batch_execute(&format!("CREATE DATABASE {name}")).await?;
    place_on(server, name)
}

async fn database(server: String) -> Outcome<Place> {
    let template = format!("mainstay_template_{}", migrate::fingerprint(Engine::Postgres));
    let name = unlike("mainstay_test");
    let create = format!("CREATE DATABASE {name} TEMPLATE {template}");
    let client = connect(&server).await?;
    match client.batch_execute(&create).await {
        Ok(()) => {}
        Err(error) if error.code() == Some(&SqlState::UNDEFINED_DATABASE) => {
            make_template(&server, &client, &template).await?;
            client.batch_execute(&create).await?;
        }
        Err(error) => return Err(error.into()),
    }
    place_on(server, name)
}

/// One process makes the template; the others wait for the lock, which goes with the connection.
async fn make_template(server: &str, client: &Client, template: &str) -> Outcome<()> {
    client
        .batch_execute("SELECT pg_advisory_lock(hashtext('mainstay_template'))")
        .await?;
    let is_there = "SELECT 1 FROM pg_database WHERE datname = $1";
    if client.query_opt(is_there, &[&template]).await?.is_none() {
        let place = empty_database(server.to_owned()).await?;
        let db = Db::open(&place.config)?;
        migrate::run(&db, &place.config, SystemClock.now()).await?;
        drop(db);
        let Made::Database { name, .. } = &place.made else {
            return Err("a file is no template".into());
        };
        // A database with connections can't be renamed, and those just dropped may still be closing.
        let close = "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = $1";
        client.query(close, &[name]).await?;
        client
            .batch_execute(&format!("ALTER DATABASE {name} RENAME TO {template}"))
            .await?;
    }
    client
        .batch_execute("SELECT pg_advisory_unlock(hashtext('mainstay_template'))")
        .await?;
    Ok(())
}

fn place_on(server: String, name: String) -> Outcome<Place> {
    let (address, options) = server.find('?').map_or((&*server, ""), |at| server.split_at(at));
    let (address, _) = address
        .rsplit_once('/')
        .ok_or("MAINSTAY_TEST_DATABASE names no database")?;
    let url = format!("{address}/{name}{options}");
    Ok(Place {
        config: config_for(DatabaseUrl::Postgres(url)),
        made: Made::Database { server, name },
    })
}

async fn connect(server: &str) -> Outcome<Client> {
    let (client, connection) = tokio_postgres::connect(server, NoTls).await?;
    // It ends with the client.
    tokio::spawn(connection);
    Ok(client)
}

impl Drop for Made {
    fn drop(&mut self) {
        let Self::Database { server, name } = self else {
            return;
        };
        let (server, sql) = (
            std::mem::take(server),
            format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"),
        );
        // The test's own runtime can't be waited for from here. What is left behind harms nobody.
        let dropping = std::thread::spawn(move || -> Outcome<()> {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()?;
            runtime.block_on(async {
                connect(&server).await?.batch_execute(&sql).await?;
                Ok(())
            })
        });
        let _ = dropping.join();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Executor as _, ReadTx, args};

    #[tokio::test]
    async fn each_test_has_a_schema_of_its_own() {
        let (one, other) = tokio::join!(TestDatabase::new(), TestDatabase::new());
        for database in [&one, &other] {
            assert!(migrate::pending(&database.db).await.unwrap().is_empty());
            let roles = database.db.read(async |tx: &mut ReadTx| {
                tx.fetch_one::<i64>("SELECT count(*) FROM roles", args![]).await
            });
            assert_eq!(roles.await.unwrap(), 5);
        }
        assert_ne!(one.place.config.url, other.place.config.url);
    }
}
