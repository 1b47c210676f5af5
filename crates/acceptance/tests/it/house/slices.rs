//! The arrows inside a slice: routes → service → store → model → error.

use super::source::Source;
use super::workspace::{Room, Workspace};

/// Which of the slice's files a file of each name may name. A store is named by the service beside it alone.
const MAY_NAME: [(&str, &[&str]); 6] = [
    ("error", &["error"]),
    ("model", &["model", "error"]),
    ("store", &["store", "model", "error"]),
    ("service", &["service", "store", "model", "error"]),
    ("routes", &["routes", "service", "model", "error"]),
    ("pages", &["pages", "routes", "service", "model", "error"]),
];

/// Arrows that go the wrong way, in the domains.
pub(super) fn wrong_arrows(workspace: &Workspace) -> Vec<String> {
    workspace
        .rooms
        .iter()
        .filter(|room| room.path.starts_with("crates/domains/"))
        .flat_map(wrong_arrows_of)
        .collect()
}

fn wrong_arrows_of(room: &Room) -> Vec<String> {
    let mut found = Vec::new();
    for source in &room.sources {
        for path in source.paths.iter().filter_map(|path| source.inside(path)) {
            if let Some(reason) = refusal(source, &path) {
                found.push(format!(
                    "{}/src/{}: {} ({reason})",
                    room.path,
                    source.name,
                    path.join("::")
                ));
            }
        }
    }
    found.dedup();
    found
}

fn refusal(source: &Source, path: &[&str]) -> Option<&'static str> {
    let from = source.module.iter().position(|part| layer(part).is_some());
    let to = path.iter().position(|part| layer(part).is_some())?;
    let name = *path.get(to)?;
    let own = from.and_then(|at| layer(source.module.get(at)?));
    if own.is_some_and(|may_name| !may_name.contains(&name)) {
        return Some("routes → service → store → model → error");
    }
    let [here, there] = [
        source.module.get(..from.unwrap_or(0))?.join("/"),
        path.get(..to)?.join("/"),
    ];
    let is_beside = from.is_some() && here == there;
    (name == "store" && !is_beside).then_some("a store belongs to the service beside it")
}

fn layer(name: &str) -> Option<&'static [&'static str]> {
    MAY_NAME
        .iter()
        .find(|(layer, _)| *layer == name)
        .map(|(_, may_name)| *may_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_refused(file: &str, import: &str) -> bool {
        let source = Source::new(file, &format!("use {import};"));
        let path = source
            .inside(&source.paths[0])
            .or_else(|| source.inside(&source.paths[1]))
            .unwrap();
        refusal(&source, &path).is_some()
    }

    #[test]
    fn refuses_arrows_that_go_up_or_around() {
        for (file, import) in [
            ("user/routes.rs", "super::store"),
            ("user/routes.rs", "crate::user::store::find"),
            ("user/store.rs", "super::service::Users"),
            ("user/model.rs", "super::store"),
            ("user/error.rs", "super::model::User"),
            ("session/service.rs", "crate::user::store"),
            ("jobs.rs", "crate::user::store"),
            ("model.rs", "crate::routes::Body"),
        ] {
            assert!(is_refused(file, import), "{file}: {import}");
        }
        for (file, import) in [
            ("user/routes.rs", "super::service::Users"),
            ("user/service.rs", "super::store"),
            ("service.rs", "crate::store"),
            ("session/service.rs", "crate::user::service::Users"),
            ("user/store.rs", "crate::error::IdentityError"),
            ("jobs.rs", "crate::user::service::Users"),
        ] {
            assert!(!is_refused(file, import), "{file}: {import}");
        }
    }
}
