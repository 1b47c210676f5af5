//! The one test command: every check, in the order that finds a mistake soonest.

use std::time::Instant;

use crate::binary::Binary;
use crate::contract;
use crate::deny;
use crate::documents::Mode;
use crate::openapi;
use crate::program::Program;
use crate::say;
use crate::schema;
use crate::schemathesis;
use crate::settings;
use crate::stop::Outcome;
use crate::tests;
use crate::tools;

/// Everything that has to pass before a change is taken.
pub(crate) fn run() -> Outcome {
    let start = Instant::now();
    say::step("tools", tools::install_all)?;
    say::step("format", || {
        Program::cargo().args(["fmt", "--all", "--check"]).quiet()
    })?;
    say::step("clippy", clippy)?;
    say::step("rustdoc", rustdoc)?;
    say::step("deny", deny::run)?;
    let binary = say::step("build", Binary::build)?;
    say::step("docs/openapi.yaml", || openapi::run(&binary, Mode::Check))?;
    say::step("docs/schema.*.sql and docs/erd.*", || {
        schema::run(&binary, Mode::Check)
    })?;
    say::step("docs/configuration.md", || settings::run(&binary, Mode::Check))?;
    contract::run(&binary)?;
    say::step("tests on SQLite", || tests::on_sqlite(&[]))?;
    say::step("tests on PostgreSQL", || tests::on_postgres(&[]))?;
    say::step("Schemathesis", || schemathesis::run(&binary))?;
    say::line(&format!("\n✓ everything in {}", say::duration(start.elapsed())));
    Ok(())
}

fn clippy() -> Outcome {
    Program::cargo()
        .args([
            "clippy",
            "--quiet",
            "--locked",
            "--workspace",
            "--all-targets",
            "--",
            "-D",
            "warnings",
        ])
        .quiet()
}

fn rustdoc() -> Outcome {
    let program = Program::cargo().args([
        "doc",
        "--quiet",
        "--locked",
        "--workspace",
        "--no-deps",
        "--document-private-items",
    ]);
    program.env("RUSTDOCFLAGS", "-D warnings").quiet()
}
