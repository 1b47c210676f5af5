//! What is wrong with a text.

use std::path::PathBuf;

use crate::names;

/// A text can't be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    /// The operator's folder or a file in it can't be read.
    #[error("the mail template {} can't be read: {source}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// A file in the operator's folder is no template, or not a good one.
    #[error("the mail template {}: {reason}", path.display())]
    Wrong {
        /// Which.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A text asks for what it was not told, or never ends.
    #[error("the mail template {name}: {reason}")]
    Render {
        /// Which: `invite.de.html`.
        name: String,
        /// What is wrong.
        reason: String,
    },
}

impl TemplateError {
    /// The part of the mail that is at fault: `subject`, `preheader`, `txt` or `html`.
    pub fn part(&self) -> Option<&str> {
        match self {
            Self::Render { name, .. } => name.rsplit('.').next(),
            Self::Unreadable { .. } | Self::Wrong { .. } => None,
        }
    }

    /// Whether a text asks for what nobody declared.
    pub fn is_undeclared(&self) -> bool {
        matches!(self, Self::Render { reason, .. } if names::is_about(reason))
    }

    /// What is wrong, for who wrote it.
    pub fn reason(&self) -> &str {
        match self {
            Self::Render { reason, .. } | Self::Wrong { reason, .. } => reason,
            Self::Unreadable { .. } => "it can't be read",
        }
    }
}
