//! Words that only some files may say.

use super::source::Source;
use super::workspace::Workspace;

/// A path that may be named only in some crates, and elsewhere perhaps in files of some names.
struct Word {
    path: &'static [&'static str],
    rooms: &'static [&'static str],
    files: &'static [&'static str],
    files_in: &'static str,
    reason: &'static str,
}

const WORDS: [Word; 2] = [
    Word {
        path: &["axum"],
        rooms: &["crates/platform/web", "crates/console", "crates/server"],
        files: &["routes", "pages"],
        files_in: "crates/domains/",
        reason: "the web framework stays in web, in the server and in a domain's routes and pages",
    },
    Word {
        path: &["std", "env"],
        rooms: &["crates/server", "crates/acceptance", "crates/xtask"],
        files: &["testing"],
        files_in: "crates/platform/db",
        reason: "only the server reads its environment, and the tests' databases theirs",
    },
];

/// Names said where they must not be.
pub(super) fn misplaced(workspace: &Workspace) -> Vec<String> {
    let sources = workspace
        .rooms
        .iter()
        .filter(|room| room.path.starts_with("crates/"));
    let sources = sources.flat_map(|room| room.sources.iter().map(|source| (room.path.as_str(), source)));
    sources
        .flat_map(|(room, source)| misplaced_in(room, source))
        .collect()
}

fn misplaced_in(room: &str, source: &Source) -> Vec<String> {
    let is_said = |word: &&Word| {
        source.paths.iter().any(|path| {
            path.len() >= word.path.len() && path.iter().zip(word.path).all(|(said, word)| said == word)
        })
    };
    let is_at_home = |word: &Word| {
        let is_file = source
            .module
            .iter()
            .any(|part| word.files.contains(&part.as_str()));
        word.rooms.contains(&room) || (is_file && room.starts_with(word.files_in))
    };
    let misplaced = WORDS.iter().filter(is_said).filter(|word| !is_at_home(word));
    misplaced
        .map(|word| {
            format!(
                "{room}/src/{}: {} ({})",
                source.name,
                word.path.join("::"),
                word.reason
            )
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_the_framework_in_a_service_and_the_environment_below_the_server() {
        let text = "use axum::extract::State; use std::{env, fs}; fn f() { env::var_os(\"HOME\"); }";
        assert_eq!(
            misplaced_in("crates/domains/identity", &Source::new("user/service.rs", text)).len(),
            2
        );
        assert_eq!(
            misplaced_in("crates/domains/identity", &Source::new("user/routes.rs", text)).len(),
            1
        );
        assert!(misplaced_in("crates/server", &Source::new("config.rs", text)).is_empty());
        let text = "fn server() { std::env::var_os(\"HOME\"); }";
        assert!(misplaced_in("crates/platform/db", &Source::new("testing.rs", text)).is_empty());
        assert_eq!(
            misplaced_in("crates/platform/db", &Source::new("config.rs", text)).len(),
            1
        );
    }
}
