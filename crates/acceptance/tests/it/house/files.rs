//! Names and sizes of files.

use super::source::Source;
use super::workspace::Workspace;

/// Names that say nothing about what is inside.
const NAMELESS: [&str; 8] = [
    "common", "core", "helper", "helpers", "manager", "misc", "util", "utils",
];

/// The longest file of shipped code.
const LONGEST: usize = 400;

/// Files whose names are no nouns of ours.
pub(super) fn bad_names(workspace: &Workspace) -> Vec<String> {
    every_source(workspace)
        .filter(|(_, source)| is_nameless(source))
        .map(|(path, _)| format!("{path}: find the noun"))
        .collect()
}

/// Files that should be two.
pub(super) fn too_long(workspace: &Workspace) -> Vec<String> {
    let long = every_source(workspace).filter(|(_, source)| source.lines > LONGEST);
    long.map(|(path, source)| format!("{path}: {} lines; {LONGEST} are enough", source.lines))
        .collect()
}

fn every_source(workspace: &Workspace) -> impl Iterator<Item = (String, &Source)> {
    let rooms = workspace.rooms.iter();
    rooms.flat_map(|room| {
        room.sources
            .iter()
            .map(|source| (format!("{}/src/{}", room.path, source.name), source))
    })
}

fn is_nameless(source: &Source) -> bool {
    source.module.iter().any(|part| NAMELESS.contains(&part.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_drawers_and_long_files() {
        assert!(is_nameless(&Source::new("user/helpers.rs", "")));
        assert!(is_nameless(&Source::new("utils/time.rs", "")));
        assert!(!is_nameless(&Source::new("user/service.rs", "")));
        assert!(Source::new("service.rs", &"fn f() {}\n".repeat(LONGEST + 1)).lines > LONGEST);
    }
}
