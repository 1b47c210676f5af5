//! What a request costs in CPU time, beside the least that it could cost on the same libraries.
//!
//! `cargo run --release -p mainstay-bench` builds nothing by itself but this program: it expects the
//! server's release build beside it. It loads a database, then lets the server and a bare limit server
//! answer the same load in turns, each pinned to one core and the generator to another, and prints a
//! table. The figure of record is CPU microseconds per request: user and system time of the server's
//! process, divided by the requests that it answered.

mod child;
mod generate;
mod limit;
mod load;
mod queue;
mod report;
mod rounds;
mod streams;
mod workload;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

/// What went wrong, in words.
pub(crate) type Outcome<T = ()> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

#[derive(Parser)]
#[command(
    name = "mainstay-bench",
    about = "What a request costs, beside the least that it could cost"
)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    plan: Plan,
}

/// How much is measured.
#[derive(Args, Clone)]
pub(crate) struct Plan {
    /// The server's program; the release build in the target folder when not given
    #[arg(long)]
    server: Option<PathBuf>,
    /// A PostgreSQL to measure on (a superuser's URL); the embedded database when not given
    #[arg(long)]
    postgres: Option<String>,
    /// People in the database
    #[arg(long, default_value_t = 100_000)]
    users: u32,
    /// Organizations in the database
    #[arg(long, default_value_t = 1_000)]
    organizations: u32,
    /// Interleaved rounds of every workload on both servers
    #[arg(long, default_value_t = 6)]
    rounds: u32,
    /// Seconds of load in a round
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// Connections of the generator
    #[arg(long, default_value_t = 16)]
    connections: usize,
}

impl Plan {
    /// So much in the database, and nothing measured.
    pub(crate) const fn of(users: u32, organizations: u32) -> Self {
        Self {
            server: None,
            postgres: None,
            users,
            organizations,
            rounds: 0,
            seconds: 0,
            connections: 0,
        }
    }
}

#[derive(Subcommand)]
enum Command {
    /// The bare limit server (started by the benchmark itself)
    #[command(hide = true)]
    Limit(limit::Settings),
    /// The load generator (started by the benchmark itself)
    #[command(hide = true)]
    Generate(generate::Settings),
    /// What the queue does in a second
    Queue(queue::Settings),
    /// What an idle stream of notifications costs in memory
    Streams(streams::Settings),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Some(Command::Limit(settings)) => limit::run(&settings),
        Some(Command::Generate(settings)) => generate::run(&settings),
        Some(Command::Queue(settings)) => queue::run(&settings),
        Some(Command::Streams(settings)) => streams::run(&settings),
        None => rounds::run(&cli.plan),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            report::complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

/// The runtime of the generator and of the limit server: one thread, as each is pinned to one core.
pub(crate) fn block_on<T>(work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
