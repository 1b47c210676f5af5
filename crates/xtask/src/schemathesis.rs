//! Schemathesis: does the server keep to its description, whatever it is sent?

use crate::binary::Binary;
use crate::place;
use crate::stop::Outcome;
use crate::tools;

/// The longest run.
const SECONDS: &str = "150";

/// Every phase and every check against the running program; `tools/python/schemathesis.toml` says how.
pub(crate) fn run(binary: &Binary) -> Outcome {
    let server = binary.serve()?;
    let lists = place::tool_lists().join("python");
    tools::node_program("schemathesis")
        .arg("--config-file")
        .arg(lists.join("schemathesis.toml"))
        .arg("--no-color")
        .arg("run")
        .arg(format!("http://127.0.0.1:{}/openapi.json", server.port))
        .args(["--phases", "examples,coverage,fuzzing,stateful"])
        .args(["--checks", "all", "--max-time", SECONDS])
        .env("SCHEMATHESIS_HOOKS", lists.join("schemathesis_hooks.py"))
        .folder(std::env::temp_dir())
        .quiet()
}
