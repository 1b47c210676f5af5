//! Where texts are rendered: people write them, so they get no files, no surroundings, little time and little
//! room. Fuel pays for instructions and for every byte that operators and filters make, so that no text can
//! fill the memory on its way; what comes out is bounded on its own, and `frugal` keeps out what fuel does not pay for.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::io;
use std::time::Instant;

use kernel::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, ErrorKind, State, Template, UndefinedBehavior, Value, escape_formatter};

use crate::words;

/// More than any mail needs; a text that loops without end stops here. It pays for 64 bytes each.
const FUEL: u64 = 50_000;

/// How deep macros, includes and the like may call each other.
const DEPTH: usize = 32;

/// The longest part of a mail, in bytes.
const LONGEST: usize = 512 * 1024;

/// What every text is rendered in.
pub(crate) fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    environment.set_recursion_limit(DEPTH);
    // Shows what is around a text, which is nothing for a mail.
    environment.remove_global("debug");
    // What is absent says nothing.
    environment.set_formatter(|output, state, value| {
        if value.is_none() {
            return Ok(());
        }
        escape_formatter(output, state, value)
    });
    if let Some(syntax) = syntax() {
        environment.set_syntax(syntax);
    }
    environment.add_filter("duration", |state: &State<'_, '_>, value: Value| {
        let seconds = value.as_i64().and_then(|seconds| u64::try_from(seconds).ok());
        seconds.map_or(value, |seconds| {
            Value::from(words::duration(seconds, &locale_of(state)))
        })
    });
    environment.add_filter("moment", |state: &State<'_, '_>, value: Value| {
        let time = value.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        time.map_or(value, |time| Value::from(words::moment(time, &locale_of(state))))
    });
    environment
}

pub(crate) fn syntax() -> Option<SyntaxConfig> {
    SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .keep_trailing_newline(true)
        .build()
        .ok()
}

/// Renders a part of a mail, unless it is longer than one may be, or not done by `until`.
pub(crate) fn render(
    template: &Template<'_, '_>,
    variables: &BTreeMap<String, Value>,
    until: Option<Instant>,
) -> Result<String, minijinja::Error> {
    let stopped = Cell::new(None);
    let mut written = Vec::new();
    let bounded = Bounded {
        written: &mut written,
        until,
        stopped: &stopped,
    };
    let rendered = template.render_captured_to(variables, bounded).map(drop);
    if let Some(stop) = stopped.get() {
        let detail = match stop {
            Stop::Full => format!("it comes out longer than {LONGEST} bytes"),
            Stop::Late => "it takes too long".to_owned(),
        };
        return Err(minijinja::Error::new(ErrorKind::WriteFailure, detail));
    }
    rendered?;
    String::from_utf8(written).map_err(|_| {
        minijinja::Error::new(
            ErrorKind::WriteFailure,
            "it comes out as something that is no text",
        )
    })
}

/// Why a page was not written to its end.
#[derive(Debug, Clone, Copy)]
enum Stop {
    Full,
    Late,
}

/// A page with an end.
struct Bounded<'a> {
    written: &'a mut Vec<u8>,
    until: Option<Instant>,
    stopped: &'a Cell<Option<Stop>>,
}

impl io::Write for Bounded<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.written.len().saturating_add(bytes.len()) > LONGEST {
            self.stopped.set(Some(Stop::Full));
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        if self.until.is_some_and(|until| Instant::now() > until) {
            self.stopped.set(Some(Stop::Late));
            return Err(io::ErrorKind::TimedOut.into());
        }
        self.written.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn locale_of(state: &State<'_, '_>) -> String {
    state
        .lookup("locale")
        .map(|locale| locale.to_string())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests;
