//! What texts of staff do without. Mails are told texts and numbers. Lists are the one thing that fuel does not
//! pay for in full: one that holds another twice, thirty times over, is small until it is written down, and fills
//! the memory then. So there is no way to make one that holds others.

use minijinja::ErrorKind;
use minijinja::machinery::{Token, tokenize};

use crate::sandbox::syntax;

/// Functions and filters that make lists of what they are given.
const LIST_MAKERS: &[&str] = &[
    "batch",
    "chain",
    "cycler",
    "debug",
    "dict",
    "dictsort",
    "format",
    "groupby",
    "items",
    "joiner",
    "list",
    "map",
    "namespace",
    "pprint",
    "slice",
    "sum",
    "tojson",
    "unique",
    "zip",
];

/// Words after which a bracket opens no call.
const KEYWORDS: &[&str] = &[
    "and",
    "call",
    "do",
    "elif",
    "else",
    "filter",
    "for",
    "if",
    "in",
    "is",
    "not",
    "or",
    "recursive",
    "set",
    "with",
];

/// Refuses lists, `+` and `*`, and whatever makes lists of lists.
pub(crate) fn check(source: &str) -> Result<(), minijinja::Error> {
    let mut calls: Vec<bool> = Vec::new();
    let mut is_callable = false;
    let (mut is_from, mut is_import) = (false, false);
    let mut is_tag_begun = false;
    // What is no template at all is told by who compiles it.
    for (token, span) in tokenize(source, false, syntax().unwrap_or_default()).map_while(Result::ok) {
        let refused = |what: &str| {
            let line = span.start_line;
            let detail = format!("mails do without {what} (line {line})");
            Err(minijinja::Error::new(ErrorKind::SyntaxError, detail))
        };
        let was_callable = is_callable;
        is_callable = false;
        let is_first = is_tag_begun;
        is_tag_begun = false;
        match token {
            Token::BlockStart | Token::VariableStart => {
                calls.clear();
                (is_from, is_import) = (false, false);
                is_tag_begun = matches!(token, Token::BlockStart);
            }
            Token::Plus | Token::Mul => return refused("`+` and `*`; `~` joins texts"),
            Token::ParenOpen => calls.push(was_callable),
            Token::ParenClose => drop(calls.pop()),
            // Between names that are imported, and between what a call is given.
            Token::Comma if calls.last().copied().unwrap_or(is_import) => {}
            Token::Comma | Token::BracketOpen | Token::BraceOpen => return refused("lists"),
            Token::Ident(name) if LIST_MAKERS.contains(&name) => return refused(&format!("`{name}`")),
            Token::Ident(name) => {
                is_import |= is_from && calls.is_empty() && name == "import";
                is_from |= is_first && name == "from";
                is_callable = !KEYWORDS.contains(&name);
            }
            _ => {}
        }
    }
    Ok(())
}
