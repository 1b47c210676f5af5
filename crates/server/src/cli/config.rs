//! `mainstay config`.

use std::process::ExitCode;

use clap::Subcommand;

use super::words;
use crate::config::{self, Config, Sources};
use crate::error::StartError;

#[derive(Subcommand)]
pub(super) enum ConfigCommand {
    /// Print every setting with its value and where it comes from; secrets are masked
    #[command(after_help = "Example:\n  mainstay config print | grep session")]
    Print,
    /// Say whether the settings can be used
    #[command(
        after_help = "Example:\n  MAINSTAY_ENV=production mainstay config check && systemctl restart mainstay"
    )]
    Check,
    /// Print every setting with its default as a table of Markdown
    #[command(after_help = "Example:\n  mainstay config reference > settings.md")]
    Reference,
}

impl ConfigCommand {
    pub(super) fn run(&self, sources: &Sources) -> Result<ExitCode, StartError> {
        match self {
            Self::Print => words::say(&config::describe(sources)?),
            Self::Check => {
                Config::load(sources)?;
                words::say("the settings can be used");
            }
            Self::Reference => words::say(&config::reference()),
        }
        Ok(ExitCode::SUCCESS)
    }
}
