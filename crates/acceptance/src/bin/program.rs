//! The program `mainstay`, built with its tests, so that they can start and kill it.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
