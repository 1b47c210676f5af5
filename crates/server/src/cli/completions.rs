//! `mainstay completions`.

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, words};

#[derive(Args)]
#[command(after_help = "Example:\n  mainstay completions bash > /etc/bash_completion.d/mainstay")]
pub(super) struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(&self) -> ExitCode {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "mainstay", &mut script);
        words::say(&String::from_utf8_lossy(&script));
        ExitCode::SUCCESS
    }
}
