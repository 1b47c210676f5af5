//! Where things are: the workspace and the folder of installed tools.

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.ancestors().nth(2).unwrap_or(manifest).to_path_buf()
}

/// What the commands install, never committed.
pub(crate) fn tools() -> PathBuf {
    root().join(".tools")
}

/// What to install: lists of exact versions, committed.
pub(crate) fn tool_lists() -> PathBuf {
    root().join("crates/xtask/tools")
}

/// The first `name` on the search path.
pub(crate) fn on_path(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}
