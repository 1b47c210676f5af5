//! `mainstay migrate`.

use std::process::ExitCode;

use clap::Args;
use db::{Db, migrate};
use kernel::Clock as _;
use kernel::time::SystemClock;

use super::words;
use crate::config::Config;
use crate::data_dir;
use crate::error::StartError;

#[derive(Args)]
#[command(after_help = "Example:\n  mainstay migrate --dry-run && mainstay migrate")]
pub(super) struct Migrate {
    /// Only say what would run
    #[arg(long)]
    dry_run: bool,
}

impl Migrate {
    pub(super) async fn run(&self, config: &Config) -> Result<ExitCode, StartError> {
        data_dir::prepare(&config.data_dir)?;
        let db = Db::open(&config.database)?;
        let outcome = self.migrate(&db, config).await;
        db.close().await;
        outcome.map(|()| ExitCode::SUCCESS)
    }

    async fn migrate(&self, db: &Db, config: &Config) -> Result<(), StartError> {
        if self.dry_run {
            let pending = migrate::pending(db).await?;
            for migration in &pending {
                words::say(&format!("would apply {}", migration.name));
            }
            if pending.is_empty() {
                words::say("the database is up to date");
            }
            return Ok(());
        }
        let report = migrate::run(db, &config.database, SystemClock.now()).await?;
        if let Some(backup) = &report.backup {
            words::say(&format!("kept a copy in {}", backup.display()));
        }
        for name in &report.applied {
            words::say(&format!("applied {name}"));
        }
        if report.applied.is_empty() {
            words::say("the database is up to date");
        }
        Ok(())
    }
}
