//! `mainstay openapi`.

use std::process::ExitCode;

use clap::Args;
use db::Db;

use super::words;
use crate::config::{Config, Sources};
use crate::error::StartError;
use crate::machine::Machine;
use crate::{app, router};

#[derive(Args)]
#[command(after_help = "Example:\n  mainstay openapi --yaml > docs/openapi.yaml")]
pub(super) struct Openapi {
    /// As YAML
    #[arg(long)]
    yaml: bool,
}

impl Openapi {
    /// The description does not depend on settings, so that it is the same on every machine. Its handlers
    /// are bound to services, and those to a database, so there is one for a moment.
    pub(super) async fn run(&self) -> Result<ExitCode, StartError> {
        let folder = tempfile::tempdir().map_err(|error| StartError::part("no folder can be made", error))?;
        let sources = Sources {
            flags: vec![("data_dir".into(), folder.path().display().to_string())],
            ..Sources::default()
        };
        let config = Config::load(&sources)?;
        let db = Db::open(&config.database)?;
        let public_url = app::public_url(&config, config.bind)?;
        let services = app::services(&config, Machine::real(), db.clone(), public_url)?;
        let document = router::document(&services, &config.identity.product_name);
        db.close().await;
        words::say(&if self.yaml {
            web::to_yaml(&document)
        } else {
            serde_json::to_string_pretty(&document)
                .map_err(|error| StartError::part("the description can't be written", error))?
        });
        Ok(ExitCode::SUCCESS)
    }
}
