//! The tools that the checks need, found or installed: PostgreSQL, curl, Chromium and Python from the machine's packages,
//! everything else at exact versions into `.tools/`.

use std::path::{Path, PathBuf};

use crate::place;
use crate::postgres;
use crate::program::Program;
use crate::say;
use crate::stop::{Outcome, Stop, While};

/// Tools that Cargo builds: the crate and its version. Without optimisation: they are built more often than run.
const CRATES: [(&str, &str, &[&str]); 2] = [
    (
        "cargo-nextest",
        "0.9.143",
        &["--no-default-features", "--features=default-no-update"],
    ),
    ("cargo-deny", "0.20.2", &["--no-default-features"]),
];

/// All of them.
pub(crate) fn install_all() -> Outcome {
    machine_packages()?;
    crates()?;
    python()?;
    node()
}

/// PostgreSQL, curl, Chromium and Python, which only the machine's own package manager can bring.
pub(crate) fn machine_packages() -> Outcome {
    let mut packages = Vec::new();
    if postgres::programs().is_none() {
        packages.push("postgresql");
    }
    if place::on_path("curl").is_none() {
        packages.push("curl");
    }
    if !has_browser() {
        packages.push("chromium");
    }
    if !has_python() {
        packages.extend(["python3", "python3-venv"]);
    }
    if packages.is_empty() {
        return Ok(());
    }
    if let Some(apt) = place::on_path("apt-get").filter(|_| is_root()) {
        say::line(&format!("installing {}", packages.join(", ")));
        apt_get(&apt, &["update", "-q"])?;
        let install: Vec<&str> = ["install", "-q", "-y", "--no-install-recommends"]
            .into_iter()
            .chain(packages)
            .collect();
        apt_get(&apt, &install)?;
    }
    if postgres::programs().is_none() {
        return Err(postgres::missing());
    }
    if place::on_path("curl").is_none() {
        return Err(Stop::because(
            "curl is needed to run docs/walkthrough.md as its readers do",
        ));
    }
    if !has_browser() {
        return Err(Stop::because(
            "Chromium is needed to try the pages as people use them: `apt-get install chromium` or `brew install chromium`",
        ));
    }
    if has_python() {
        Ok(())
    } else {
        Err(missing_python())
    }
}

/// The folder to put before the search path of tests that talk to programs of other languages.
pub(crate) fn venv_programs() -> PathBuf {
    place::tools().join("venv/bin")
}

/// Where npm put its packages' programs.
pub(crate) fn node_programs() -> PathBuf {
    place::tools().join("node/node_modules/.bin")
}

/// One of the tools that Cargo built, or the machine's own where it is good enough.
pub(crate) fn cargo_tool(name: &str) -> PathBuf {
    let ours = place::tools().join("cargo/bin").join(name);
    if ours.is_file() {
        ours
    } else {
        place::on_path(name).unwrap_or(ours)
    }
}

/// cargo-nextest and cargo-deny.
pub(crate) fn crates() -> Outcome {
    for (name, version, features) in CRATES {
        if is_at_version(&cargo_tool(name), version) {
            continue;
        }
        say::line(&format!("building {name} {version}"));
        Program::cargo()
            .args([
                "install",
                "--quiet",
                "--locked",
                "--force",
                name,
                "--version",
                version,
            ])
            .args(features)
            .arg("--root")
            .arg(place::tools().join("cargo"))
            .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0")
            .env("CARGO_PROFILE_RELEASE_LTO", "off")
            .env("CARGO_PROFILE_RELEASE_DEBUG", "false")
            .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
            .folder(std::env::temp_dir())
            .quiet()?;
    }
    Ok(())
}

/// A virtual environment with the packages of `tools/python/requirements.txt`, Node.js among them.
pub(crate) fn python() -> Outcome {
    let list = place::tool_lists().join("python/requirements.txt");
    let folder = place::tools().join("venv");
    unless_stamped(&folder, &[&list], || {
        say::line("installing Python packages");
        let python = python_program().ok_or_else(missing_python)?;
        Program::new(python)
            .args(["-m", "venv", "--clear"])
            .arg(&folder)
            .quiet()?;
        let pip = Program::new(folder.join("bin/pip")).args([
            "install",
            "--quiet",
            "--no-deps",
            "--require-virtualenv",
            "-r",
        ]);
        pip.arg(&list).env("PIP_DISABLE_PIP_VERSION_CHECK", "1").quiet()
    })
}

/// The packages of `tools/node/package-lock.json`, installed by the Node.js of the virtual environment.
pub(crate) fn node() -> Outcome {
    let lists = ["package.json", "package-lock.json", ".npmrc"]
        .map(|name| place::tool_lists().join("node").join(name));
    let folder = place::tools().join("node");
    unless_stamped(&folder, &lists.each_ref().map(PathBuf::as_path), || {
        say::line("installing Node.js packages");
        std::fs::create_dir_all(&folder).while_doing(|| format!("make {}", folder.display()))?;
        for list in &lists {
            let name = list.file_name().unwrap_or_default();
            std::fs::copy(list, folder.join(name)).while_doing(|| format!("copy {}", list.display()))?;
        }
        node_program("npm")
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .folder(&folder)
            .quiet()
    })
}

/// A program of the virtual environment (`node`, `npm`, `schemathesis`) that finds its neighbours.
pub(crate) fn node_program(name: &str) -> Program {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = [venv_programs(), node_programs()]
        .into_iter()
        .chain(std::env::split_paths(&path));
    let path = std::env::join_paths(folders).unwrap_or(path);
    let program = [venv_programs().join(name), node_programs().join(name)];
    let program = program
        .into_iter()
        .find(|program| program.is_file())
        .unwrap_or_else(|| name.into());
    Program::new(program).env("PATH", path)
}

/// Does the work unless it was done before for exactly these lists.
fn unless_stamped(folder: &Path, lists: &[&Path], work: impl FnOnce() -> Outcome) -> Outcome {
    let mut wanted = String::new();
    for list in lists {
        wanted += &std::fs::read_to_string(list).while_doing(|| format!("read {}", list.display()))?;
    }
    let stamp = folder.join(".installed");
    if std::fs::read_to_string(&stamp).is_ok_and(|found| found == wanted) {
        return Ok(());
    }
    work()?;
    std::fs::write(&stamp, wanted).while_doing(|| format!("write {}", stamp.display()))
}

fn is_at_version(program: &Path, version: &str) -> bool {
    let Ok((true, words)) = Program::new(program).arg("--version").attempt() else {
        return false;
    };
    words.split_whitespace().any(|word| word == version)
}

fn python_program() -> Option<PathBuf> {
    // `ensurepip` is what Debian takes out of its python3 package, and a virtual environment needs it.
    let question = "import sys, ensurepip; sys.exit(sys.version_info < (3, 11))";
    let candidates = ["python3", "python3.13", "python3.12", "python3.11"]
        .into_iter()
        .filter_map(place::on_path);
    candidates.into_iter().find(|python| {
        Program::new(python)
            .args(["-c", question])
            .attempt()
            .is_ok_and(|(yes, _)| yes)
    })
}

fn has_browser() -> bool {
    let names = ["chromium", "chromium-browser", "google-chrome"];
    names.into_iter().any(|name| place::on_path(name).is_some())
}

fn has_python() -> bool {
    python_program().is_some()
}

fn missing_python() -> Stop {
    Stop::because(
        "Python 3.11 or newer with venv is needed for the contract checks: `apt-get install python3-venv` or `brew install python`",
    )
}

fn apt_get(apt: &Path, args: &[&str]) -> Outcome {
    Program::new(apt)
        .args(args)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .quiet()
}

fn is_root() -> bool {
    Program::new("id")
        .arg("-u")
        .stdout()
        .is_ok_and(|id| id.trim() == "0")
}
