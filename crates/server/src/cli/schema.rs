//! `mainstay schema`.

use std::process::ExitCode;

use clap::Args;
use db::{DatabaseUrl, Db, DbConfig, migrate};
use kernel::Clock as _;
use kernel::time::SystemClock;

use super::words;
use crate::config::{Config, Sources};
use crate::error::StartError;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  mainstay schema > docs/schema.sqlite.sql\n  mainstay schema --live --database-url postgres://localhost/mainstay > docs/schema.postgres.sql"
)]
pub(super) struct Schema {
    /// Of the database in the settings, rather than of a new one
    #[arg(long)]
    live: bool,
    /// As JSON: tables, columns and what they point to
    #[arg(long)]
    json: bool,
}

impl Schema {
    pub(super) async fn run(&self, sources: &Sources) -> Result<ExitCode, StartError> {
        let schema = if self.live {
            read(&Config::load(sources)?.database).await?
        } else {
            let folder =
                tempfile::tempdir().map_err(|error| StartError::part("no folder can be made", error))?;
            let config = DbConfig::new(DatabaseUrl::Sqlite(folder.path().join("schema.db")));
            let db = Db::open(&config)?;
            migrate::run(&db, &config, SystemClock.now()).await?;
            db.close().await;
            drop(db);
            read(&config).await?
        };
        words::say(&if self.json {
            serde_json::to_string_pretty(&schema)
                .map_err(|error| StartError::part("the schema can't be written", error))?
        } else {
            schema.to_sql()
        });
        Ok(ExitCode::SUCCESS)
    }
}

async fn read(config: &DbConfig) -> Result<db::Schema, StartError> {
    let db = Db::open(config)?;
    let schema = db::Schema::read(&db).await;
    db.close().await;
    Ok(schema?)
}
