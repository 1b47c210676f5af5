//! The command line. Data goes to standard output, words to standard error; 0 is success, 1 a failure,
//! 2 a command that can't be understood.

mod admin;
mod audit;
mod completions;
mod config;
mod doctor;
mod import;
mod migrate;
mod openapi;
mod schema;
mod serve;
mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, ConfigError, Sources};
use crate::error::StartError;
use crate::telemetry;

const EXAMPLES: &str = "\
Examples:
  mainstay                                     start with everything in ./mainstay-data
  mainstay --bind 0.0.0.0:8080                 listen for others too
  mainstay admin create --email a@example.com --password-stdin < password.txt
  mainstay doctor                              look whether everything is in order
  mainstay config print                        every setting, and where it comes from";

/// The back end of a SaaS in one program
#[derive(Parser)]
#[command(name = "mainstay", version, after_help = EXAMPLES, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

/// Settings that are often given by hand; all others by --set.
#[derive(Args)]
struct Settings {
    /// The file with settings [default: mainstay.toml, when there is one]
    #[arg(long, global = true, value_name = "PATH", help_heading = "Settings")]
    config: Option<PathBuf>,
    /// What it is for: development or production
    #[arg(long, global = true, value_name = "ENV", help_heading = "Settings")]
    env: Option<String>,
    /// Where to listen
    #[arg(long, global = true, value_name = "ADDRESS", help_heading = "Settings")]
    bind: Option<String>,
    /// Where database, keys and files are
    #[arg(long, global = true, value_name = "PATH", help_heading = "Settings")]
    data_dir: Option<String>,
    /// The database: sqlite://… or postgres://…
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    database_url: Option<String>,
    /// Where people reach it
    #[arg(long, global = true, value_name = "URL", help_heading = "Settings")]
    public_url: Option<String>,
    /// Any setting
    #[arg(long, global = true, value_name = "KEY=VALUE", value_parser = pair, help_heading = "Settings")]
    set: Vec<(String, String)>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (this is what happens without a command)
    Serve,
    /// Bring the database up to date
    Migrate(migrate::Migrate),
    /// People who run the platform
    #[command(subcommand)]
    Admin(admin::Admin),
    /// Bring along what another system knows
    #[command(subcommand)]
    Import(import::Import),
    /// Print the description of the API
    Openapi(openapi::Openapi),
    /// Print the schema of the database
    Schema(schema::Schema),
    /// Look whether everything is in order
    #[command(after_help = doctor::EXAMPLES)]
    Doctor,
    /// Look at the settings
    #[command(subcommand)]
    Config(config::ConfigCommand),
    /// The activity log
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Print what makes a shell complete these commands
    Completions(completions::Completions),
}

/// Parses the command line and does what it says.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    match cli.run() {
        Ok(code) => code,
        Err(error) => {
            words::warn(&format!("mainstay: {error}"));
            match error {
                StartError::Config(_) => ExitCode::from(2),
                _ => ExitCode::FAILURE,
            }
        }
    }
}

impl Cli {
    fn run(self) -> Result<ExitCode, StartError> {
        let sources = self.settings.sources()?;
        match self.command.unwrap_or(Command::Serve) {
            Command::Serve => blocking(&sources, async |config| Box::pin(serve::run(&config)).await),
            Command::Migrate(command) => blocking(&sources, async |config| command.run(&config).await),
            Command::Admin(command) => blocking(&sources, async |config| command.run(&config).await),
            Command::Import(command) => blocking(&sources, async |config| command.run(&config).await),
            Command::Doctor => blocking(&sources, async |config| doctor::run(&config).await),
            Command::Audit(command) => blocking(&sources, async |config| command.run(&config).await),
            Command::Openapi(command) => runtime()?.block_on(command.run()),
            Command::Schema(command) => runtime()?.block_on(command.run(&sources)),
            Command::Config(command) => command.run(&sources),
            Command::Completions(command) => Ok(command.run()),
        }
    }
}

/// Runs what needs the configuration and waits for things.
fn blocking(
    sources: &Sources,
    work: impl AsyncFnOnce(Config) -> Result<ExitCode, StartError>,
) -> Result<ExitCode, StartError> {
    let config = Config::load(sources)?;
    telemetry::start_log(&config.telemetry);
    runtime()?.block_on(work(config))
}

fn runtime() -> Result<tokio::runtime::Runtime, StartError> {
    let mut runtime = tokio::runtime::Builder::new_multi_thread();
    runtime
        .enable_all()
        .build()
        .map_err(|error| StartError::part("the system gives no threads", error))
}

impl Settings {
    fn sources(self) -> Result<Sources, ConfigError> {
        let named = [
            ("env", self.env),
            ("bind", self.bind),
            ("data_dir", self.data_dir),
            ("database_url", self.database_url),
            ("public_url", self.public_url),
        ];
        let named = named
            .into_iter()
            .filter_map(|(key, value)| Some((key.to_owned(), value?)));
        Sources::of_this_process(self.config, self.set.into_iter().chain(named).collect())
    }
}

fn pair(text: &str) -> Result<(String, String), String> {
    let (key, value) = text.split_once('=').ok_or("KEY=VALUE is expected")?;
    Ok((key.trim().replace('-', "_"), value.to_owned()))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_shows_an_example() {
        fn check(command: &clap::Command) {
            let children: Vec<_> = command
                .get_subcommands()
                .filter(|child| child.get_name() != "help")
                .collect();
            if children.is_empty() && command.get_name() != "serve" {
                assert!(
                    command.get_after_help().is_some(),
                    "{} has no example",
                    command.get_name()
                );
            }
            children.into_iter().for_each(check);
        }
        check(&Cli::command());
    }
}
