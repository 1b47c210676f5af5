//! `mainstay audit`.

use std::process::ExitCode;

use activity::ActivityLog;
use clap::Subcommand;
use db::Db;
use jobs::Queue;

use super::words;
use crate::config::Config;
use crate::error::StartError;
use crate::machine::Machine;

#[derive(Subcommand)]
pub(super) enum Audit {
    /// Look whether the activity log says what it said when it was sealed
    #[command(
        after_help = "Example:\n  mainstay audit verify || mail -s 'activity log' ops@example.com < /dev/null"
    )]
    Verify,
}

impl Audit {
    pub(super) async fn run(&self, config: &Config) -> Result<ExitCode, StartError> {
        match self {
            Self::Verify => verify(config).await,
        }
    }
}

async fn verify(config: &Config) -> Result<ExitCode, StartError> {
    let db = Db::open(&config.database)?;
    let Machine { clock, ids } = Machine::real();
    let log = ActivityLog::new(db.clone(), Queue::new(ids, std::sync::Arc::clone(&clock)), clock);
    let report = log.verify().await;
    db.close().await;
    let report = report.map_err(|error| StartError::part("the activity log can't be read", error))?;
    words::say(&format!(
        "{} chains, {} entries verified, {} not sealed yet",
        report.chains, report.entries, report.unsealed
    ));
    for fault in &report.faults {
        words::say(&format!("✗ {fault}"));
    }
    Ok(if report.faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
