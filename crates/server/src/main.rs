//! The program `mainstay`.

use std::process::ExitCode;

fn main() -> ExitCode {
    server::cli::run()
}
