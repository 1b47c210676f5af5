//! Why a command of ours stops: one line that a person can act on.

use std::fmt;

/// What every step answers.
pub(crate) type Outcome<T = ()> = Result<T, Stop>;

/// The reason for stopping, in words.
#[derive(Debug)]
pub(crate) struct Stop(String);

impl Stop {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self(reason.into())
    }
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says what was being done when something underneath failed.
pub(crate) trait While<T> {
    /// `std::fs::read(path).while_doing(|| format!("read {}", path.display()))?`
    fn while_doing(self, deed: impl FnOnce() -> String) -> Outcome<T>;
}

impl<T, E: fmt::Display> While<T> for Result<T, E> {
    fn while_doing(self, deed: impl FnOnce() -> String) -> Outcome<T> {
        self.map_err(|error| Stop(format!("could not {}: {error}", deed())))
    }
}
