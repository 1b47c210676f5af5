//! What texts of people do without. Mails are told values, and put them together. Lists are the one thing that fuel
//! does not pay for in full: one that holds another twice, thirty times over, is small until it is written down, and
//! fills the memory then. So a text goes through the lists that it is told, and there is no way to make one that
//! holds others. Nor does a text turn escaping off, or take in anything but the two files that are there for it.

use minijinja::ErrorKind;
use minijinja::machinery::{Span, Token, tokenize};

use crate::sandbox::syntax;

/// Functions that make lists of what they are given, or show what is around a text.
const FUNCTIONS: &[&str] = &["cycler", "debug", "dict", "joiner", "namespace"];

/// Filters that make lists of what they are given, and those by whose leave markup is believed.
const FILTERS: &[&str] = &[
    "batch", "chain", "debug", "dictsort", "format", "groupby", "items", "list", "map", "pprint", "safe",
    "slice", "sum", "tojson", "unique", "zip",
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

/// What a text may take in.
const FILES: &[&str] = &["layout.html", "parts.html"];

/// What the token before was, as far as it matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    /// A name or an end of brackets: a bracket opens a call, or looks something up.
    Value,
    /// `.`: a name is that of something within.
    Dot,
    /// `|`, or `filter` at the beginning of a tag: a name is that of a filter.
    Pipe,
    /// The beginning of a tag.
    Tag,
    /// `include`, `extends`, `import` or `from` at the beginning of a tag.
    Taking,
    /// The name of a file that is taken in.
    File,
    /// Anything else.
    Other,
}

/// Reads a text token by token.
struct Reader {
    before: Before,
    /// Of the brackets that are open: whether commas stand between what a call is given.
    calls: Vec<bool>,
    is_from: bool,
    is_import: bool,
}

/// Refuses lists, `+` and `*`, whatever makes lists of lists, and whatever is not escaped or not there.
pub(crate) fn check(source: &str) -> Result<(), minijinja::Error> {
    let mut reader = Reader {
        before: Before::Other,
        calls: Vec::new(),
        is_from: false,
        is_import: false,
    };
    // What is no template at all is told by who compiles it.
    for (token, span) in tokenize(source, false, syntax().unwrap_or_default()).map_while(Result::ok) {
        reader.before = reader.read(&token).map_err(|what| refused(&what, span))?;
    }
    Ok(())
}

fn refused(what: &str, span: Span) -> minijinja::Error {
    let line = span.start_line;
    minijinja::Error::new(
        ErrorKind::SyntaxError,
        format!("mails do without {what} (line {line})"),
    )
}

impl Reader {
    fn read(&mut self, token: &Token<'_>) -> Result<Before, String> {
        match (self.before, token) {
            (Before::Taking, Token::Str(name)) if FILES.contains(name) => return Ok(Before::File),
            (Before::Taking, _) => return Err("files other than `layout.html` and `parts.html`".into()),
            (
                Before::File,
                Token::BlockEnd | Token::Ident("as" | "import" | "ignore" | "with" | "without"),
            ) => {}
            (Before::File, _) => return Err("names of files that are put together".into()),
            _ => {}
        }
        match token {
            Token::BlockStart | Token::VariableStart => {
                self.calls.clear();
                (self.is_from, self.is_import) = (false, false);
                let is_tag = matches!(token, Token::BlockStart);
                return Ok(if is_tag { Before::Tag } else { Before::Other });
            }
            Token::Plus | Token::Mul | Token::Pow => return Err("`+` and `*`; `~` joins texts".into()),
            Token::ParenOpen => self.calls.push(self.before == Before::Value),
            // Looks up one thing; a list would begin here too.
            Token::BracketOpen if self.before == Before::Value => self.calls.push(false),
            Token::ParenClose | Token::BracketClose => {
                self.calls.pop();
                return Ok(Before::Value);
            }
            // Between names that are imported, and between what a call is given.
            Token::Comma if self.calls.last().copied().unwrap_or(self.is_import) => {}
            Token::Comma | Token::BracketOpen | Token::BraceOpen => return Err("lists".into()),
            Token::Dot => return Ok(Before::Dot),
            Token::Pipe => return Ok(Before::Pipe),
            Token::Ident(name) => return self.read_name(name),
            _ => {}
        }
        Ok(Before::Other)
    }

    fn read_name(&mut self, name: &str) -> Result<Before, String> {
        let is_refused = match self.before {
            Before::Dot => false,
            Before::Pipe => FILTERS.contains(&name),
            Before::Tag => name == "autoescape" || name == "endautoescape",
            _ => FUNCTIONS.contains(&name),
        };
        if is_refused {
            return Err(format!("`{name}`"));
        }
        self.is_import |= self.is_from && self.calls.is_empty() && name == "import";
        if self.before == Before::Tag {
            self.is_from |= name == "from";
            match name {
                "include" | "extends" | "import" | "from" => return Ok(Before::Taking),
                "filter" => return Ok(Before::Pipe),
                _ => {}
            }
        }
        let is_word = self.before != Before::Dot && KEYWORDS.contains(&name);
        Ok(if is_word { Before::Other } else { Before::Value })
    }
}
