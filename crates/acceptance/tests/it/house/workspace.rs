//! The crates of the workspace as Cargo sees them, with their source files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use cargo_metadata::MetadataCommand;

use super::source::Source;

/// Every crate of the workspace.
pub(super) struct Workspace {
    pub(super) rooms: Vec<Room>,
}

/// One crate.
pub(super) struct Room {
    /// The folder from the root: `crates/platform/db`.
    pub(super) path: String,
    /// The folders of the crates of ours that it imports.
    pub(super) imports: BTreeSet<String>,
    /// The names of the packages from outside that it imports.
    pub(super) outsiders: BTreeSet<String>,
    /// What is under `src`.
    pub(super) sources: Vec<Source>,
}

impl Workspace {
    pub(super) fn read() -> Self {
        let mut command = MetadataCommand::new();
        let metadata = command
            .manifest_path(root().join("Cargo.toml"))
            .no_deps()
            .exec()
            .unwrap();
        let folder = |path: &Path| {
            path.strip_prefix(&metadata.workspace_root)
                .unwrap()
                .to_str()
                .unwrap()
                .to_owned()
        };
        let rooms = metadata.workspace_packages().into_iter().map(|package| {
            let home = package.manifest_path.parent().unwrap();
            let (ours, outside): (Vec<_>, Vec<_>) = package
                .dependencies
                .iter()
                .partition(|dependency| dependency.path.is_some());
            Room {
                path: folder(home.as_std_path()),
                imports: ours
                    .iter()
                    .filter_map(|ours| ours.path.as_ref())
                    .map(|path| folder(path.as_std_path()))
                    .collect(),
                outsiders: outside
                    .into_iter()
                    .map(|outsider| outsider.name.clone())
                    .collect(),
                sources: sources(home.join("src").as_std_path()),
            }
        });
        Self {
            rooms: rooms.collect(),
        }
    }
}

/// The root of the workspace.
pub(super) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap()
        .to_path_buf()
}

fn sources(src: &Path) -> Vec<Source> {
    let mut found = Vec::new();
    let mut folders = vec![src.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(src).unwrap().to_str().unwrap();
                found.push(Source::new(name, &std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort_by(|one, other| one.name.cmp(&other.name));
    found
}
