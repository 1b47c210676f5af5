//! What a job is, and how it fails.

use std::error::Error;
use std::fmt::Display;
use std::time::Duration;

use db::DbError;
use kernel::OrganizationId;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::lane::Lane;

/// A piece of work: a small struct with ids inside, never whole rows. Running it twice is harmless.
pub trait Job: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// `mail.send`; never changed once released, because jobs of that name may be waiting.
    const NAME: &'static str;

    /// How often it is tried before it is given up and kept among the dead.
    const MAX_ATTEMPTS: u32;

    /// Lower goes first. What a person waits for is 0; what may take its time is more.
    const PRIORITY: i32 = 0;

    /// Where it finds room to run.
    const LANE: Lane = Lane::MAIN;

    /// As [`Job::PRIORITY`], where one job of the kind is more urgent than another.
    fn priority(&self) -> i32 {
        Self::PRIORITY
    }

    /// The organization that it works for, for those who look at the queue.
    fn organization(&self) -> Option<OrganizationId> {
        None
    }
}

/// How an attempt failed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JobError {
    /// Trying again later may help; the wait grows with each attempt.
    #[error("{reason}")]
    Retry {
        /// What went wrong, for the operator. No secrets.
        reason: String,
    },
    /// As [`JobError::Retry`], but somebody said when.
    #[error("{reason}")]
    RetryAfter {
        /// What went wrong, for the operator. No secrets.
        reason: String,
        /// The least time to wait.
        after: Duration,
    },
    /// Nothing went wrong, but it is not the time yet: the attempt does not count.
    #[error("{reason}")]
    Postpone {
        /// What it waits for.
        reason: String,
        /// The least time to wait.
        after: Duration,
    },
    /// Trying again is of no use.
    #[error("{reason}")]
    Dead {
        /// What went wrong, for the operator. No secrets.
        reason: String,
    },
}

impl JobError {
    /// Trying again later may help.
    pub fn retry(reason: impl Display) -> Self {
        Self::Retry {
            reason: reason.to_string(),
        }
    }

    /// Trying again is of no use.
    pub fn dead(reason: impl Display) -> Self {
        Self::Dead {
            reason: reason.to_string(),
        }
    }

    /// What went wrong.
    pub fn reason(&self) -> &str {
        match self {
            Self::Retry { reason }
            | Self::RetryAfter { reason, .. }
            | Self::Postpone { reason, .. }
            | Self::Dead { reason } => reason,
        }
    }
}

/// Trouble with the database passes, or is a mistake that the operator finds among the dead.
impl From<DbError> for JobError {
    fn from(error: DbError) -> Self {
        let source = error.source().map(|source| format!(": {source}"));
        Self::Retry {
            reason: format!("{error}{}", source.unwrap_or_default()),
        }
    }
}
