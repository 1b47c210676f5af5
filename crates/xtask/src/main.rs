//! The project's own commands: `cargo xtask ci` is the whole of the checks, the others are its parts.

mod ci;
mod held;
mod place;
mod postgres;
mod program;
mod say;
mod stop;
mod tests;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

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
        Command::Tools => tools::install_all(),
        Command::Postgres => tools::machine_packages().and_then(|()| postgres::run()),
        Command::Hold(hold) => held::hold(hold),
    }
}
