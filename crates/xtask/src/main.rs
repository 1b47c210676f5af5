//! The project's own commands: `cargo xtask ci` is the whole of the checks, the others are its parts.

mod binary;
mod ci;
mod contract;
mod deny;
mod documents;
mod held;
mod http;
mod openapi;
mod place;
mod postgres;
mod program;
mod say;
mod schema;
mod schemathesis;
mod settings;
mod stop;
mod tests;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::binary::Which;
use crate::stop::Outcome;

#[derive(Parser)]
#[command(name = "cargo xtask", about = "The project's own commands")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Everything that has to pass: installs what it needs, checks, tests on both databases
    Ci,
    /// The tests on both databases; takes nextest's filters and options
    Test {
        /// Passed on to nextest
        #[arg(allow_hyphen_values = true, trailing_var_arg = true)]
        filter: Vec<String>,
    },
    /// Writes docs/openapi.yaml as the program gives it
    Openapi(documents::Flags),
    /// Writes docs/schema.*.sql, docs/erd.mmd and docs/erd.svg from migrated databases
    Schema(documents::Flags),
    /// Writes the table of settings in docs/configuration.md
    Settings(documents::Flags),
    /// Lints docs/openapi.yaml, and compiles the clients that four generators make of it
    Contract(Which),
    /// Sends the running program whatever its description allows, and what it doesn't
    Schemathesis(Which),
    /// Checks what may come into the build
    Deny,
    /// Installs what the checks need
    Tools,
    /// A throw-away PostgreSQL until Ctrl-C; prints its URL
    Postgres,
    /// Keeps a server until its standard input closes
    #[command(hide = true)]
    Hold(held::Hold),
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(stop) => {
            say::line(&format!("✗ {stop}"));
            ExitCode::FAILURE
        }
    }
}

fn run(command: &Command) -> Outcome {
    match command {
        Command::Ci => ci::run(),
        Command::Test { filter } => tests::run(filter),
        Command::Openapi(flags) => openapi::run(&flags.which.binary()?, flags.mode()),
        Command::Schema(flags) => {
            tools::machine_packages().and_then(|()| schema::run(&flags.which.binary()?, flags.mode()))
        }
        Command::Settings(flags) => settings::run(&flags.which.binary()?, flags.mode()),
        Command::Contract(which) => tools::install_all().and_then(|()| contract::run(&which.binary()?)),
        Command::Schemathesis(which) => tools::python().and_then(|()| schemathesis::run(&which.binary()?)),
        Command::Deny => tools::crates().and_then(|()| deny::run()),
        Command::Tools => tools::install_all(),
        Command::Postgres => tools::machine_packages().and_then(|()| postgres::run()),
        Command::Hold(hold) => held::hold(hold),
    }
}
