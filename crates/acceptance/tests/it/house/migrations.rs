//! The same migrations for both databases.

use std::collections::BTreeSet;
use std::path::Path;

/// Migrations that have no twin, no proper name, or a gap before them.
pub(super) fn unpaired(folder: &Path) -> Vec<String> {
    let [sqlite, postgres] = ["sqlite", "postgres"].map(|engine| names(&folder.join(engine)));
    check(&sqlite, &postgres)
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect()
}

fn check(sqlite: &BTreeSet<String>, postgres: &BTreeSet<String>) -> Vec<String> {
    let mut found: Vec<String> = sqlite
        .symmetric_difference(postgres)
        .map(|name| format!("{name} is in one folder only"))
        .collect();
    if sqlite.is_empty() {
        found.push("there is no migration at all".into());
    }
    for (name, number) in sqlite.iter().zip(1..) {
        let words = name
            .strip_prefix(&format!("{number:04}_"))
            .and_then(|rest| rest.strip_suffix(".sql"));
        if !words.is_some_and(|words| {
            !words.is_empty()
                && words
                    .bytes()
                    .all(|letter| letter.is_ascii_lowercase() || letter == b'_')
        }) {
            found.push(format!("{name} should be called {number:04}_some_words.sql"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_names(sqlite: &[&str], postgres: &[&str]) -> usize {
        let [sqlite, postgres] =
            [sqlite, postgres].map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        check(&sqlite, &postgres).len()
    }

    #[test]
    fn refuses_a_lone_a_gapped_and_a_badly_named_migration() {
        assert_eq!(check_names(&["0001_init.sql"], &["0001_init.sql"]), 0);
        assert_eq!(
            check_names(&["0001_init.sql", "0002_more.sql"], &["0001_init.sql"]),
            1
        );
        assert_eq!(
            check_names(
                &["0001_init.sql", "0003_more.sql"],
                &["0001_init.sql", "0003_more.sql"]
            ),
            1
        );
        assert_eq!(check_names(&["0001-Init.sql"], &["0001-Init.sql"]), 1);
        assert_eq!(check_names(&[], &[]), 1);
    }
}
