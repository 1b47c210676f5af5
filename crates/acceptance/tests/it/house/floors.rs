//! Which crate may import which.

use super::workspace::{Room, Workspace};

/// From the ground up. A crate imports only from floors below its own, but for the few arrows in `INSIDE_PLATFORM`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Floor {
    Kernel,
    Ports,
    Platform,
    DomainsAndAdapters,
    Console,
    Server,
    /// Imports what it likes and is imported by no one.
    Roof,
}

/// The arrows between the machines, from the one that imports.
const INSIDE_PLATFORM: [(&str, &[&str]); 5] = [
    ("events", &["db", "jobs"]),
    ("guard", &["crypto", "db"]),
    ("jobs", &["db"]),
    ("mail", &["crypto", "db", "jobs"]),
    ("web", &["crypto", "guard"]),
];

/// Packages that only some crates may import.
const DOORS: [(&str, &[&str]); 8] = [
    ("rusqlite", &["crates/platform/db"]),
    ("libsqlite3-sys", &["crates/platform/db"]),
    ("tokio-postgres", &["crates/platform/db"]),
    ("tokio-postgres-rustls", &["crates/platform/db"]),
    ("deadpool-postgres", &["crates/platform/db"]),
    (
        "axum",
        &[
            "crates/platform/web",
            "crates/domains/",
            "crates/console",
            "crates/server",
        ],
    ),
    ("lettre", &["crates/adapters/"]),
    ("reqwest", &["crates/platform/outbound"]),
];

/// Imports that go up or sideways.
pub(super) fn wrong_imports(workspace: &Workspace) -> Vec<String> {
    let imports = workspace.rooms.iter().flat_map(|room| {
        room.imports
            .iter()
            .map(|import| (room.path.as_str(), import.as_str()))
    });
    imports
        .filter(|(from, to)| !may_import(from, to))
        .map(|(from, to)| format!("{from} must not import {to}"))
        .collect()
}

/// Packages from outside that came in by another door than their own.
pub(super) fn wrong_outsiders(workspace: &Workspace) -> Vec<String> {
    let rooms = workspace
        .rooms
        .iter()
        .filter(|room| floor(&room.path) != Floor::Roof);
    rooms
        .flat_map(|room| {
            shut_doors(room)
                .into_iter()
                .map(|outsider| format!("{} must not import {outsider}", room.path))
        })
        .collect()
}

fn shut_doors(room: &Room) -> Vec<&'static str> {
    let doors = DOORS
        .iter()
        .filter(|(outsider, _)| room.outsiders.contains(*outsider));
    doors
        .filter(|(_, rooms)| !rooms.iter().any(|start| room.path.starts_with(start)))
        .map(|(outsider, _)| *outsider)
        .collect()
}

fn floor(path: &str) -> Floor {
    let mut parts = path.split('/').skip(1);
    match parts.next() {
        Some("kernel") => Floor::Kernel,
        Some("ports") => Floor::Ports,
        Some("platform") => Floor::Platform,
        Some("domains" | "adapters") => Floor::DomainsAndAdapters,
        Some("console") => Floor::Console,
        Some("server") => Floor::Server,
        _ => Floor::Roof,
    }
}

fn may_import(from: &str, to: &str) -> bool {
    let is_adapter = from.starts_with("crates/adapters/");
    match (floor(from), floor(to)) {
        (_, Floor::Roof) => false,
        (Floor::Platform, Floor::Platform) => {
            let [from, to] = [from, to].map(|path| path.rsplit('/').next().unwrap_or(path));
            INSIDE_PLATFORM
                .iter()
                .any(|(room, imports)| *room == from && imports.contains(&to))
        }
        (Floor::DomainsAndAdapters, below) if is_adapter => below <= Floor::Ports,
        (Floor::Console, _) if to.starts_with("crates/adapters/") => false,
        (above, below) => above > below,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_upward_and_sideways() {
        for (from, to) in [
            ("crates/kernel", "crates/ports"),
            ("crates/platform/db", "crates/domains/identity"),
            ("crates/platform/db", "crates/platform/jobs"),
            ("crates/platform/web", "crates/platform/db"),
            ("crates/domains/identity", "crates/domains/organizations"),
            ("crates/domains/identity", "crates/adapters/smtp"),
            ("crates/adapters/smtp", "crates/platform/mail"),
            ("crates/console", "crates/adapters/smtp"),
            ("crates/server", "crates/acceptance"),
            ("crates/acceptance", "crates/xtask"),
        ] {
            assert!(!may_import(from, to), "{from} → {to}");
        }
        for (from, to) in [
            ("crates/platform/web", "crates/platform/guard"),
            ("crates/domains/identity", "crates/platform/db"),
            ("crates/adapters/smtp", "crates/ports"),
            ("crates/server", "crates/adapters/smtp"),
            ("crates/acceptance", "crates/server"),
        ] {
            assert!(may_import(from, to), "{from} → {to}");
        }
    }

    #[test]
    fn refuses_a_driver_outside_its_door() {
        let room = |path: &str| Room {
            path: path.into(),
            imports: [].into(),
            outsiders: ["rusqlite".into(), "serde".into()].into(),
            sources: Vec::new(),
        };
        assert_eq!(shut_doors(&room("crates/platform/jobs")), ["rusqlite"]);
        assert!(shut_doors(&room("crates/platform/db")).is_empty());
    }
}
