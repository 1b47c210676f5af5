//! The description of the API, read as its users will read it: two linters, and four generators of clients whose
//! clients are compiled. What is made goes to `target/contract`.

use std::path::{Path, PathBuf};

use crate::binary::Binary;
use crate::openapi::DOCUMENT;
use crate::place;
use crate::program::Program;
use crate::say;
use crate::stop::{Outcome, While};
use crate::tools;

pub(crate) fn run(binary: &Binary) -> Outcome {
    say::step("Redocly", redocly)?;
    say::step("Spectral", spectral)?;
    say::step("clients in TypeScript", typescript)?;
    say::step("client in Python", python)?;
    say::step("client in Rust", || rust(binary))
}

/// `recommended-strict`, and not a warning.
fn redocly() -> Outcome {
    node("redocly")
        .args(["lint", DOCUMENT, "--config"])
        .arg(place::tool_lists().join("node/redocly.yaml"))
        .env("REDOCLY_TELEMETRY", "off")
        .quiet()
}

/// `spectral:oas`, and not a hint.
fn spectral() -> Outcome {
    node("spectral")
        .args(["lint", DOCUMENT, "--fail-severity", "hint", "--ruleset"])
        .arg(place::tool_lists().join("node/spectral.yaml"))
        .quiet()
}

/// openapi-typescript and @hey-api/openapi-ts; tsc reads both strictly.
fn typescript() -> Outcome {
    let folder = fresh("typescript")?;
    let document = place::root().join(DOCUMENT);
    node("openapi-typescript")
        .arg(&document)
        .arg("--output")
        .arg(folder.join("openapi-typescript/schema.ts"))
        .quiet()?;
    node("openapi-ts")
        .arg("--input")
        .arg(&document)
        .arg("--output")
        .arg(folder.join("hey-api"))
        .args(["--client", "@hey-api/client-fetch", "--no-log-file"])
        .folder(&folder)
        .quiet()?;
    copy(
        &place::tool_lists().join("node/tsconfig.json"),
        &folder.join("tsconfig.json"),
    )?;
    node("tsc")
        .arg("--project")
        .arg(folder.join("tsconfig.json"))
        .quiet()
}

/// openapi-python-client without a warning; mypy reads it strictly.
fn python() -> Outcome {
    let folder = fresh("python")?;
    let lists = place::tool_lists().join("python");
    node("openapi-python-client")
        .arg("generate")
        .arg("--path")
        .arg(place::root().join(DOCUMENT))
        .arg("--config")
        .arg(lists.join("client.yaml"))
        .arg("--output-path")
        .arg(folder.join("mainstay_client"))
        .args(["--meta", "none", "--fail-on-warning"])
        .quiet()?;
    node("mypy")
        .arg("--config-file")
        .arg(lists.join("mypy.ini"))
        .args(["--cache-dir", "../mypy-cache", "mainstay_client"])
        .folder(&folder)
        .quiet()
}

/// progenitor; Cargo checks it, with the crates in `tools/rust/Cargo.lock`.
fn rust(binary: &Binary) -> Outcome {
    let folder = fresh("rust")?;
    let lists = place::tool_lists().join("rust");
    for name in ["Cargo.toml", "Cargo.lock", "src/lib.rs"] {
        copy(&lists.join(name), &folder.join(name))?;
    }
    // The same document, in the form that progenitor reads.
    let document = binary.run(&["openapi"])?;
    let place = folder.join("openapi.json");
    std::fs::write(&place, document).while_doing(|| format!("write {}", place.display()))?;
    Program::cargo()
        .args(["check", "--quiet", "--locked"])
        .env(
            "CARGO_TARGET_DIR",
            place::root().join("target/contract/rust-target"),
        )
        .folder(&folder)
        .quiet()
}

fn node(name: &str) -> Program {
    tools::node_program(name)
}

/// An empty folder under `target/contract`.
fn fresh(name: &str) -> Outcome<PathBuf> {
    let folder = place::root().join("target/contract").join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).while_doing(|| format!("make {}", folder.display()))?;
    Ok(folder)
}

fn copy(from: &Path, to: &Path) -> Outcome {
    if let Some(folder) = to.parent() {
        std::fs::create_dir_all(folder).while_doing(|| format!("make {}", folder.display()))?;
    }
    std::fs::copy(from, to)
        .map(drop)
        .while_doing(|| format!("copy {}", from.display()))
}
