//! No circles between the modules of a crate.

use std::collections::{BTreeMap, BTreeSet};

use super::source::Source;
use super::workspace::Workspace;

/// Who names whom among the modules that lie side by side in one folder.
type Arrows = BTreeMap<String, BTreeSet<String>>;

/// Circles among the modules of each folder; what a parent and its children say to each other does not count.
pub(super) fn circles(workspace: &Workspace) -> Vec<String> {
    let mut found = Vec::new();
    for room in &workspace.rooms {
        for (folder, arrows) in arrows_by_folder(&room.sources) {
            if let Some(circle) = circle(&arrows) {
                found.push(format!(
                    "{}/src/{folder}: circle {}",
                    room.path,
                    circle.join(" → ")
                ));
            }
        }
    }
    found
}

fn arrows_by_folder(sources: &[Source]) -> BTreeMap<String, Arrows> {
    let modules: BTreeSet<&[String]> = sources.iter().map(|source| source.module.as_slice()).collect();
    let mut folders: BTreeMap<String, Arrows> = BTreeMap::new();
    for source in sources {
        for path in source.paths.iter().filter_map(|path| source.inside(path)) {
            let shared = source
                .module
                .iter()
                .zip(&path)
                .take_while(|(one, other)| one == *other)
                .count();
            let (Some(from), Some(to)) = (source.module.get(shared), path.get(shared)) else {
                continue;
            };
            let target: Vec<String> = path
                .iter()
                .take(shared + 1)
                .map(|part| (*part).to_owned())
                .collect();
            if modules.iter().any(|module| module.starts_with(&target)) {
                let folder = source
                    .module
                    .iter()
                    .take(shared)
                    .cloned()
                    .collect::<Vec<_>>()
                    .join("/");
                folders
                    .entry(folder)
                    .or_default()
                    .entry(from.clone())
                    .or_default()
                    .insert((*to).to_owned());
            }
        }
    }
    folders
}

/// One circle, if there is any: modules from which no walk ends are left when all others are taken away.
fn circle(arrows: &Arrows) -> Option<Vec<String>> {
    let mut left = arrows.clone();
    loop {
        let ends: Vec<String> = left
            .iter()
            .filter(|(_, to)| !to.iter().any(|to| left.contains_key(to)))
            .map(|(from, _)| from.clone())
            .collect();
        if ends.is_empty() {
            break;
        }
        left.retain(|from, _| !ends.contains(from));
    }
    let mut walk = vec![left.keys().next()?.clone()];
    loop {
        let next = left
            .get(walk.last()?)?
            .iter()
            .find(|to| left.contains_key(*to))?
            .clone();
        if let Some(start) = walk.iter().position(|module| *module == next) {
            walk.push(next);
            return Some(walk.split_off(start));
        }
        walk.push(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn crate_of(files: &[(&str, &str)]) -> BTreeMap<String, Arrows> {
        arrows_by_folder(
            &files
                .iter()
                .map(|(name, text)| Source::new(name, text))
                .collect::<Vec<_>>(),
        )
    }

    #[test]
    fn finds_a_circle_through_three_files() {
        let folders = crate_of(&[
            ("lib.rs", "mod a; mod b; mod c; pub use c::Thing;"),
            ("a.rs", "use crate::b::B;"),
            ("b.rs", "use super::c::inner::C;"),
            ("c.rs", "mod inner; use crate::Thing;"),
            ("c/inner.rs", "use crate::a::A; use super::D;"),
        ]);
        assert_eq!(circle(&folders[""]).unwrap().join(" → "), "a → b → c → a");
        assert!(!folders.contains_key("c"));
    }

    #[test]
    fn finds_a_circle_inside_a_folder_and_none_in_a_tree() {
        let folders = crate_of(&[
            ("user/model.rs", "use super::store;"),
            (
                "user/store.rs",
                "use crate::user::model::User; use crate::error::E;",
            ),
            ("error.rs", ""),
        ]);
        assert!(circle(&folders["user"]).is_some());
        assert!(circle(&folders[""]).is_none());
    }
}
