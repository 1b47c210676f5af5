//! What a text asks for by name: it is told nothing but what is declared, so a slip is found when it is written,
//! even where a condition keeps it from being read.

use minijinja::machinery::{Token, tokenize};
use minijinja::{ErrorKind, Template};

use crate::sandbox::syntax;
use crate::variables::TOLD_TO_ALL;

/// What a text makes use of without being told.
const ALWAYS_THERE: [&str; 1] = ["range"];

/// How the refusal goes on after the name.
const ENDING: &str = " is not among the variables that this text is told (line ";

/// Refuses a part that asks for what it is not told.
pub(crate) fn check(
    template: &Template<'_, '_>,
    part: &str,
    is_declared: impl Fn(&str) -> bool,
) -> Result<(), minijinja::Error> {
    // The page shows them; they are written first, and can't show themselves.
    let is_after_the_head = matches!(part, "txt" | "html");
    let unknown = template.undeclared_variables(false).into_iter().filter(|name| {
        let is_head = is_after_the_head && matches!(name.as_str(), "subject" | "preheader");
        let is_told = TOLD_TO_ALL.contains(&name.as_str()) || ALWAYS_THERE.contains(&name.as_str());
        !(is_head || is_told || is_declared(name))
    });
    unknown.min().map_or(Ok(()), |name| {
        let line = line_of(template.source(), &name);
        let name: String = name.chars().take(100).collect();
        Err(minijinja::Error::new(
            ErrorKind::UndefinedError,
            format!("`{name}`{ENDING}{line})"),
        ))
    })
}

/// Where a name stands first, and not as that of something within another.
fn line_of(source: &str, wanted: &str) -> u16 {
    let mut is_within = false;
    let tokens = tokenize(source, false, syntax().unwrap_or_default()).map_while(Result::ok);
    for (token, span) in tokens {
        if !is_within && matches!(token, Token::Ident(name) if name == wanted) {
            return span.start_line;
        }
        is_within = matches!(token, Token::Dot);
    }
    1
}

/// Whether this is what such a refusal says.
pub(crate) fn is_about(reason: &str) -> bool {
    reason.contains(ENDING)
}
