//! What is wrong with a configuration, in one line.

use std::fmt;

/// What is wrong, where, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    /// The key as its author wrote it: `MAINSTAY_BIND`, `bind in mainstay.toml`.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub fix: String,
}

impl ConfigError {
    pub(crate) fn new(key: impl Into<String>, problem: impl fmt::Display, fix: impl Into<String>) -> Self {
        Self {
            key: key.into(),
            problem: problem.to_string(),
            fix: fix.into(),
        }
    }
}

/// One line, whatever the parts hold.
impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let line = format!("{}: {}; {}", self.key, self.problem, self.fix);
        let words: Vec<&str> = line.split_whitespace().collect();
        f.write_str(&words.join(" "))
    }
}

impl std::error::Error for ConfigError {}
