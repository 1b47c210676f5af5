//! Running other programs.

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use crate::place;
use crate::say;
use crate::stop::{Outcome, Stop, While};

/// A program about to run from the root of the workspace.
pub(crate) struct Program {
    command: Command,
    name: String,
}

impl Program {
    pub(crate) fn new(program: impl AsRef<OsStr>) -> Self {
        let program = program.as_ref();
        let mut command = Command::new(program);
        command.current_dir(place::root()).stdin(Stdio::null());
        let name = Path::new(program)
            .file_name()
            .unwrap_or(program)
            .to_string_lossy()
            .into_owned();
        Self { command, name }
    }

    /// Cargo, as if it was called by hand: what Cargo told this process about itself would make build scripts
    /// that watch those variables run again.
    pub(crate) fn cargo() -> Self {
        let mut program = Self::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        for (name, _) in std::env::vars_os() {
            let told = [
                "CARGO_PKG_",
                "CARGO_MANIFEST_",
                "CARGO_BIN_",
                "CARGO_CRATE_",
                "CARGO_PRIMARY_",
            ];
            if name
                .to_str()
                .is_some_and(|name| told.iter().any(|start| name.starts_with(start)))
            {
                program.command.env_remove(&name);
            }
        }
        program
    }

    pub(crate) fn arg(mut self, arg: impl AsRef<OsStr>) -> Self {
        self.command.arg(arg);
        self
    }

    pub(crate) fn args<A: AsRef<OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn env_remove(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    pub(crate) fn folder(mut self, folder: impl AsRef<Path>) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// For what this wrapper does not know.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Command)) -> Self {
        change(&mut self.command);
        self
    }

    /// Runs it and shows what it prints while it runs.
    pub(crate) fn show(mut self) -> Outcome {
        let status = self
            .command
            .status()
            .while_doing(|| format!("start {}", self.name))?;
        if status.success() {
            return Ok(());
        }
        Err(Stop::because(format!("{} failed ({status})", self.name)))
    }

    /// Runs it and shows what it printed only when it fails.
    pub(crate) fn quiet(self) -> Outcome {
        self.output().map(drop)
    }

    /// Runs it and answers its standard output.
    pub(crate) fn stdout(self) -> Outcome<String> {
        let output = self.output()?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Runs it to the end whatever comes: did it succeed, and what did it print on both outputs?
    pub(crate) fn attempt(mut self) -> Outcome<(bool, String)> {
        let output = self
            .command
            .output()
            .while_doing(|| format!("start {}", self.name))?;
        Ok((output.status.success(), both(&output)))
    }

    fn output(mut self) -> Outcome<Output> {
        let output = self
            .command
            .output()
            .while_doing(|| format!("start {}", self.name))?;
        if output.status.success() {
            return Ok(output);
        }
        say::quote(&both(&output));
        Err(Stop::because(format!("{} failed ({})", self.name, output.status)))
    }
}

fn both(output: &Output) -> String {
    let [out, err] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{out}{err}")
}
