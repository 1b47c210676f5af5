//! A source file as the rules see it: where it is, how long it is, and which paths its code names.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

use super::statements;

/// One file under `src`.
pub(super) struct Source {
    /// From `src`: `user/service.rs`.
    pub(super) name: String,
    /// The module it is: `["user", "service"]`; `lib.rs` and `main.rs` are the empty path.
    pub(super) module: Vec<String>,
    /// Lines of shipped code.
    pub(super) lines: usize,
    /// Every path that the shipped code names, imports spelled out: `["crate", "user", "model", "User"]`.
    pub(super) paths: Vec<Vec<String>>,
    /// Every text that the shipped code holds.
    pub(super) texts: Vec<String>,
}

impl Source {
    pub(super) fn new(name: &str, text: &str) -> Self {
        let module = module_of(name);
        let is_test =
            module.last().is_some_and(|last| last == "tests") || module.iter().any(|part| part == "tests");
        let shipped = if is_test {
            String::new()
        } else {
            without_tests(text)
        };
        let tokens: TokenStream = shipped.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        let (mut paths, mut texts) = (Vec::new(), Vec::new());
        statements::texts(tokens.clone(), &mut texts);
        collect_paths(tokens, &mut paths);
        Self {
            name: name.to_owned(),
            module,
            lines: shipped.lines().count(),
            paths,
            texts,
        }
    }

    /// The module names that `path` goes through from the root of the crate, when it is one of our crate's.
    pub(super) fn inside<'path>(&'path self, path: &'path [String]) -> Option<Vec<&'path str>> {
        let (first, rest) = path.split_first()?;
        let rest = rest.iter().map(String::as_str);
        match first.as_str() {
            "crate" => Some(rest.collect()),
            "self" => Some(self.module.iter().map(String::as_str).chain(rest).collect()),
            "super" => {
                let ups = path.iter().take_while(|part| *part == "super").count();
                let parent = self.module.get(..self.module.len().checked_sub(ups)?)?;
                Some(
                    parent
                        .iter()
                        .chain(path.get(ups..)?)
                        .map(String::as_str)
                        .collect(),
                )
            }
            _ => None,
        }
    }
}

fn module_of(name: &str) -> Vec<String> {
    let path = name.trim_end_matches(".rs");
    let path = path.strip_suffix("/mod").unwrap_or(path);
    if matches!(path, "lib" | "main") {
        Vec::new()
    } else {
        path.split('/').map(str::to_owned).collect()
    }
}

/// Test modules are the last thing in a file: from their attribute to the brace that closes them in column 0.
fn without_tests(text: &str) -> String {
    let mut shipped = String::new();
    let mut lines = text.lines().peekable();
    while let Some(line) = lines.next() {
        let opens = lines
            .peek()
            .is_some_and(|next| next.starts_with("mod ") && next.ends_with('{'));
        if line == "#[cfg(test)]" && opens {
            lines.by_ref().find(|line| *line == "}");
            continue;
        }
        shipped.push_str(line);
        shipped.push('\n');
    }
    shipped
}

fn collect_paths(tokens: TokenStream, found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token {
            TokenTree::Ident(_) => at = collect_path(&tokens, at, Vec::new(), found),
            TokenTree::Group(group) => {
                collect_paths(group.stream(), found);
                at += 1;
            }
            _ => at += 1,
        }
    }
}

/// Reads one path, which may end in a list of others: `crate::{user::{model, store}, error::*}`.
fn collect_path(
    tokens: &[TokenTree],
    mut at: usize,
    mut path: Vec<String>,
    found: &mut Vec<Vec<String>>,
) -> usize {
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(part)) => path.push(part.to_string()),
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                collect_list(group, &path, found);
                return at + 1;
            }
            _ => break,
        }
        at += 1;
        let is_separated = [at, at + 1]
            .iter()
            .all(|at| matches!(tokens.get(*at), Some(TokenTree::Punct(mark)) if mark.as_char() == ':'));
        if !is_separated {
            break;
        }
        at += 2;
    }
    found.push(path);
    at
}

fn collect_list(list: &Group, path: &[String], found: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    for item in tokens.split(|token| matches!(token, TokenTree::Punct(mark) if mark.as_char() == ',')) {
        if !item.is_empty() {
            collect_path(item, 0, path.to_vec(), found);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spells_out_imports_and_skips_comments_texts_and_tests() {
        let text = "
use crate::{user::{model::User, store}, error::*};
// use crate::comment
fn f() -> super::Thing { let _ = \"crate::text\"; call::<crate::inside::Generic>(); std::env::var(\"X\") }
#[cfg(test)]
mod tests {
    use crate::only_in_tests;
}
";
        let source = Source::new("session/service.rs", text);
        let inside: Vec<String> = source
            .paths
            .iter()
            .filter_map(|path| source.inside(path))
            .map(|path| path.join("::"))
            .collect();
        assert_eq!(
            inside,
            [
                "user::model::User",
                "user::store",
                "error",
                "session::Thing",
                "inside::Generic"
            ]
        );
        assert!(
            source
                .paths
                .iter()
                .any(|path| path.starts_with(&["std".into(), "env".into()]))
        );
        assert_eq!(source.lines, 4);
    }

    #[test]
    fn knows_the_module_of_a_file() {
        assert_eq!(module_of("lib.rs"), Vec::<String>::new());
        assert_eq!(module_of("user/mod.rs"), ["user"]);
        assert_eq!(module_of("user/store.rs"), ["user", "store"]);
    }
}
