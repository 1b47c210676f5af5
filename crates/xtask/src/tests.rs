//! The workspace's tests, on either database.

use crate::place;
use crate::postgres::Cluster;
use crate::program::Program;
use crate::say;
use crate::stop::Outcome;
use crate::tools;

/// The quick loop: what matches `filter`, on both.
pub(crate) fn run(filter: &[String]) -> Outcome {
    tools::install_all()?;
    say::step("tests on SQLite", || on_sqlite(filter))?;
    say::step("tests on PostgreSQL", || on_postgres(filter))
}

/// On the embedded database.
pub(crate) fn on_sqlite(filter: &[String]) -> Outcome {
    nextest(filter).env_remove("MAINSTAY_TEST_DATABASE").show()
}

/// On a PostgreSQL that lives as long as the tests.
pub(crate) fn on_postgres(filter: &[String]) -> Outcome {
    let cluster = Cluster::start()?;
    nextest(filter)
        .env("MAINSTAY_TEST_DATABASE", cluster.url())
        .show()
}

fn nextest(filter: &[String]) -> Program {
    // Called as Cargo would call it: `cargo nextest` looks on the search path, where ours is not.
    let program =
        Program::new(tools::cargo_tool("cargo-nextest")).args(["nextest", "run", "--locked", "--workspace"]);
    let profile = if std::env::var_os("CI").is_some() {
        "ci"
    } else {
        "default"
    };
    program
        .args(["--profile", profile])
        .args(filter)
        .env("MAINSTAY_TEST_TOOLS", place::tools())
}
