//! Every SQL statement of the shipped code, tried on the engine of this run. A statement is a literal, so
//! that it can be found here: what the compiler can't check, the database does.

use db::testing::TestDatabase;
use db::{DbError, Executor as _, ReadTx};
use proc_macro2::{TokenStream, TokenTree};

use super::workspace::Workspace;

/// Words that statements start with.
const STARTS: [&str; 5] = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "WITH "];

/// Statements that the engine does not understand, and how many were tried.
pub(super) async fn misunderstood(workspace: &Workspace) -> (Vec<String>, usize) {
    let database = TestDatabase::new().await;
    let (mut found, mut tried) = (Vec::new(), 0);
    for room in workspace.rooms.iter().filter(|room| has_statements(&room.path)) {
        for source in &room.sources {
            for statement in source.texts.iter().filter(|text| is_statement(text)) {
                let text = statement.clone();
                let prepared: Result<(), DbError> = database
                    .db
                    .read(async move |tx: &mut ReadTx| tx.prepare(&text).await)
                    .await;
                tried += 1;
                if let Err(error) = prepared {
                    let error = std::error::Error::source(&error)
                        .map_or_else(|| error.to_string(), ToString::to_string);
                    found.push(format!(
                        "{}/src/{}: {error}\n  {statement}",
                        room.path, source.name
                    ));
                }
            }
        }
    }
    (found, tried)
}

/// The data door itself speaks to each engine in its own words.
fn has_statements(room: &str) -> bool {
    room.starts_with("crates/domains/")
        || (room.starts_with("crates/platform/") && room != "crates/platform/db")
}

fn is_statement(text: &str) -> bool {
    STARTS.iter().any(|start| text.starts_with(start))
}

/// The texts among `tokens`, as the compiler reads them.
pub(super) fn texts(tokens: TokenStream, found: &mut Vec<String>) {
    for token in tokens {
        match token {
            TokenTree::Literal(literal) => found.extend(unescaped(&literal.to_string())),
            TokenTree::Group(group) => texts(group.stream(), found),
            _ => {}
        }
    }
}

/// Statements have no escapes but the end of a line that goes on.
fn unescaped(literal: &str) -> Option<String> {
    let inside = literal.strip_prefix('"')?.strip_suffix('"')?;
    let mut lines = inside.split("\\\n");
    let mut text = lines.next()?.to_owned();
    lines.for_each(|line| text.push_str(line.trim_start()));
    Some(text.replace("\\\"", "\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_statements_inside_calls_and_over_lines() {
        let code = "fn f() { tx.execute(\"UPDATE t \\\n     SET a = 1\", args![]); g(r#\"raw\"#, 'c', 7) }";
        let mut found = Vec::new();
        texts(code.parse().unwrap(), &mut found);
        assert_eq!(found, ["UPDATE t SET a = 1"]);
        assert!(is_statement(&found[0]) && !is_statement("UPDATEs are rare"));
    }

    #[tokio::test]
    async fn refuses_a_statement_that_names_no_column() {
        let database = TestDatabase::new().await;
        let prepared: Result<(), DbError> = database
            .db
            .read(async |tx: &mut ReadTx| tx.prepare("SELECT colour FROM users").await)
            .await;
        assert!(prepared.is_err());
    }
}
