//! What codes of problems mean, out of the page that people read.

use std::collections::BTreeMap;

/// What each code means.
pub(super) struct Codes(BTreeMap<String, Meaning>);

/// What a code means.
pub(super) struct Meaning {
    /// The status that it comes with.
    pub(super) status: String,
    /// What it means and what to do, with backticks around code.
    pub(super) text: String,
}

impl Codes {
    /// Reads the rows ``| `code`, `code` | status | meaning |`` of a page of Markdown; the rest is for people.
    pub(super) fn read(page: &str) -> Self {
        let rows = page.lines().filter_map(row);
        Self(rows.flatten().collect())
    }

    pub(super) fn get(&self, code: &str) -> Option<&Meaning> {
        self.0.get(code)
    }
}

fn row(line: &str) -> Option<impl Iterator<Item = (String, Meaning)>> {
    let mut cells = line.trim().trim_matches('|').splitn(3, " | ").map(str::trim);
    let (codes, status, text) = (cells.next()?, cells.next()?, cells.next()?);
    let is_status = status.len() == 3 && status.bytes().all(|byte| byte.is_ascii_digit());
    let codes = codes.split('`').skip(1).step_by(2);
    is_status.then(|| {
        codes.map(|code| {
            let meaning = Meaning {
                status: status.to_owned(),
                text: text.to_owned(),
            };
            (code.to_owned(), meaning)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_rows_and_nothing_else() {
        let codes = Codes::read(
            "# Errors\n| code | status | it means |\n|---|---|---|\n| `a_b`, `c` | 404 | Gone `x`. |\n| `d` | no |\n",
        );
        let meaning = codes.get("c").unwrap();
        assert_eq!(
            (meaning.status.as_str(), meaning.text.as_str()),
            ("404", "Gone `x`.")
        );
        assert!(codes.get("a_b").is_some());
        assert!(codes.get("code").is_none() && codes.get("d").is_none());
    }
}
