//! The program itself, built and run by the checks that look at it from outside.

use std::path::PathBuf;

use tempfile::TempDir;

use crate::held::Held;
use crate::http;
use crate::place;
use crate::postgres;
use crate::program::Program;
use crate::stop::{Outcome, Stop, While};

/// The built program.
pub(crate) struct Binary(PathBuf);

/// The program at work on a data directory of its own; it stops when this is dropped.
pub(crate) struct Running {
    _server: Held,
    pub(crate) port: u16,
}

/// Which program a command looks at.
#[derive(clap::Args)]
pub(crate) struct Which {
    /// Look at this program instead of building one
    #[arg(long, value_name = "PATH")]
    binary: Option<PathBuf>,
}

impl Which {
    pub(crate) fn binary(&self) -> Outcome<Binary> {
        match &self.binary {
            None => Binary::build(),
            Some(path) => {
                let path = path
                    .canonicalize()
                    .while_doing(|| format!("find {}", path.display()))?;
                Ok(Binary(path))
            }
        }
    }
}

impl Binary {
    /// Builds it as the tests are built.
    pub(crate) fn build() -> Outcome<Self> {
        Program::cargo()
            .args(["build", "--quiet", "--locked", "--package", "mainstay"])
            .quiet()?;
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
        let program = place::root().join(target).join("debug/mainstay");
        if program.is_file() {
            return Ok(Self(program));
        }
        Err(Stop::because(format!("{} was not built", program.display())))
    }

    /// One of its commands, on a data directory that is thrown away and without the settings of whoever
    /// runs this.
    pub(crate) fn run(&self, args: &[&str]) -> Outcome<String> {
        self.run_all(&[args], &[]).map(|said| said.concat())
    }

    /// Several commands, one after the other on the same data directory.
    pub(crate) fn run_all(&self, commands: &[&[&str]], settings: &[(&str, &str)]) -> Outcome<Vec<String>> {
        let folder = data_folder()?;
        let mut said = Vec::new();
        for args in commands {
            let program = clean(Program::new(&self.0)).args(*args).folder(folder.path());
            let mut program = program.env("MAINSTAY_DATA_DIR", folder.path().join("data"));
            for (name, value) in settings {
                program = program.env(name, value);
            }
            said.push(program.stdout()?);
        }
        Ok(said)
    }

    /// `mainstay serve` in its development environment, ready to answer.
    pub(crate) fn serve(&self) -> Outcome<Running> {
        // The keeper removes the folder.
        let folder = data_folder()?.keep();
        let port = postgres::free_port()?;
        let server = [self.0.display().to_string(), "serve".to_owned()];
        let variables = [
            ("MAINSTAY_DATA_DIR", folder.join("data").display().to_string()),
            ("MAINSTAY_BIND", format!("127.0.0.1:{port}")),
        ];
        let mut held = Held::start(&server, "TERM", &folder, None, &variables)?;
        held.wait("mainstay serve", &folder, || {
            http::status_of(port, "/readyz").is_ok_and(|status| status == 200)
        })?;
        Ok(Running { _server: held, port })
    }
}

fn data_folder() -> Outcome<TempDir> {
    tempfile::Builder::new()
        .prefix("mainstay-check-")
        .tempdir()
        .while_doing(|| "make a folder".into())
}

fn clean(mut program: Program) -> Program {
    for (name, _) in std::env::vars_os() {
        if let Some(name) = name.to_str().filter(|name| name.starts_with("MAINSTAY_")) {
            program = program.env_remove(name);
        }
    }
    program
}
