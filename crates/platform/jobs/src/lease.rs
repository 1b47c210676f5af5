//! Who holds which job, and the attempt at it.

use std::time::Duration;

use db::{DbError, FromRow, Row};
use kernel::{JobId, Timestamp};
use uuid::Uuid;

/// The right to work on a job. All three make the fence: the attempt alone would not do, because a
/// claim that is lost with the power lets another process make the same attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Lease {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
    /// The process that claimed it.
    pub(crate) owner: Uuid,
}

/// A job that was claimed just now.
#[derive(Debug, Clone)]
pub(crate) struct Claimed {
    pub(crate) lease: Lease,
    pub(crate) kind: String,
    pub(crate) payload: serde_json::Value,
    pub(crate) max_attempts: u32,
    pub(crate) priority: i64,
    /// When it was due.
    pub(crate) run_at: Timestamp,
    /// For how long it was due already.
    pub(crate) waited: Duration,
}

/// A lease whose holder is gone.
#[derive(Debug, Clone)]
pub(crate) struct Abandoned {
    pub(crate) lease: Lease,
    pub(crate) kind: String,
    pub(crate) max_attempts: u32,
}

impl FromRow for Lease {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            job: row.column()?,
            attempt: row.column()?,
            owner: row.column()?,
        })
    }
}

impl FromRow for Claimed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let mut claimed = Self {
            lease: Lease::from_row(row)?,
            kind: row.column()?,
            payload: row.column()?,
            max_attempts: row.column()?,
            priority: row.column()?,
            run_at: row.column()?,
            waited: Duration::ZERO,
        };
        let now: Timestamp = row.column()?;
        claimed.waited = now.since(claimed.run_at);
        Ok(claimed)
    }
}

impl FromRow for Abandoned {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            lease: Lease::from_row(row)?,
            kind: row.column()?,
            max_attempts: row.column()?,
        })
    }
}
