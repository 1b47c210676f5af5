//! Documents that are made by a command and committed: written anew, or compared.

use std::path::Path;

use crate::binary::Which;
use crate::place;
use crate::stop::{Outcome, Stop, While};

/// What to do with a document that was just made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Put it in its place.
    Write,
    /// Stop when the committed one says something else.
    Check,
}

/// What `--check` means.
#[derive(clap::Args)]
pub(crate) struct Flags {
    #[command(flatten)]
    pub(crate) which: Which,
    /// Compare with what is committed instead of writing it
    #[arg(long)]
    check: bool,
}

impl Flags {
    pub(crate) const fn mode(&self) -> Mode {
        if self.check { Mode::Check } else { Mode::Write }
    }
}

/// Puts `content` at `path` (from the root of the workspace), ended by one line end, or compares it with what
/// is there.
pub(crate) fn settle(path: &str, content: &str, mode: Mode, command: &str) -> Outcome {
    let place = place::root().join(path);
    let content = &format!("{}\n", content.trim_end());
    match mode {
        Mode::Write => write(&place, content),
        Mode::Check => {
            let committed = std::fs::read_to_string(&place).unwrap_or_default();
            match first_difference(&committed, content) {
                None => Ok(()),
                Some(line) => Err(Stop::because(format!(
                    "{path} is not what the program says, from line {line} on: run `cargo xtask {command}` and commit it"
                ))),
            }
        }
    }
}

fn write(place: &Path, content: &str) -> Outcome {
    if let Some(folder) = place.parent() {
        std::fs::create_dir_all(folder).while_doing(|| format!("make {}", folder.display()))?;
    }
    std::fs::write(place, content).while_doing(|| format!("write {}", place.display()))
}

/// The number of the first line that differs; ends of lines count.
fn first_difference(one: &str, other: &str) -> Option<usize> {
    if one == other {
        return None;
    }
    let same = one
        .split_inclusive('\n')
        .zip(other.split_inclusive('\n'))
        .take_while(|(one, other)| one == other)
        .count();
    Some(same + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_line_where_two_texts_part() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        assert_eq!(first_difference("a\nb\n", "a\nc\n"), Some(2));
        assert_eq!(first_difference("a\n", "a\nb\n"), Some(2));
        assert_eq!(first_difference("a\nb", "a\nb\n"), Some(2));
        assert_eq!(first_difference("", "a\n"), Some(1));
    }
}
