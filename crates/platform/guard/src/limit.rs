//! How often something may happen: a counter per subject in windows of fixed length, in the database, so that
//! it holds over all nodes and restarts.

mod store;

use std::time::Duration;

use crypto::hash_secret;
use db::{Db, DbError, Tx};
use kernel::{Failure, FailureKind, Timestamp};

/// A limit of the product, as a constant beside what it limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// What is limited; limits with different names count apart.
    pub name: &'static str,
    /// The most times in a window.
    pub max: u32,
    /// The length of a window. It begins with the first time.
    pub window: Duration,
}

/// Counts. Cheap to clone.
#[derive(Clone)]
pub struct Limits {
    db: Db,
    widen: u32,
}

/// Where a subject stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// The most times in a window.
    pub limit: u32,
    /// How many are left in this one.
    pub remaining: u32,
    /// When all are there again.
    pub resets_at: Timestamp,
    /// Whether this one was counted and may go on.
    pub allowed: bool,
}

/// Too often.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many requests; try again later")]
pub struct RateLimited {
    /// When trying again makes sense.
    pub retry_after: Duration,
}

impl Limits {
    /// Counts in `db`. Each limit is `widen` times as wide: 1 in production, more where developers work.
    pub fn new(db: Db, widen: u32) -> Self {
        Self {
            db,
            widen: widen.max(1),
        }
    }

    /// Counts one for `subject`, if it is allowed, at once and whatever becomes of the request.
    pub async fn hit(&self, limit: &Limit, subject: &str, now: Timestamp) -> Result<Standing, DbError> {
        let (limits, limit, subject) = (self.clone(), *limit, subject.to_owned());
        let count = async move |tx: &mut Tx| limits.hit_in(tx, &limit, &subject, now).await;
        self.db.write_soft(count).await
    }

    /// Counts one for `subject`, if it is allowed, as part of a unit of work: when that is rolled back, it
    /// did not happen. The subject's row stays locked until the end of it, so do this late.
    pub async fn hit_in(
        &self,
        tx: &mut Tx,
        limit: &Limit,
        subject: &str,
        now: Timestamp,
    ) -> Result<Standing, DbError> {
        self.hit_many_in(tx, limit, (subject, 1), now).await
    }

    /// The most times in a window that are ever allowed.
    pub const fn most(&self, limit: &Limit) -> u32 {
        limit.max.saturating_mul(self.widen)
    }

    /// As [`Self::hit_in`], for `count` at once: all of them, or none.
    pub async fn hit_many_in(
        &self,
        tx: &mut Tx,
        limit: &Limit,
        (subject, count): (&str, u32),
        now: Timestamp,
    ) -> Result<Standing, DbError> {
        let max = self.most(limit);
        let key = key(limit, subject);
        let ends_at = now.plus(limit.window);
        let counted = if count > max {
            None
        } else {
            store::increment(tx, &key, (count, max), ends_at, now).await?
        };
        let standing = match counted {
            Some((count, resets_at)) => Standing {
                limit: max,
                remaining: max.saturating_sub(count),
                resets_at,
                allowed: true,
            },
            None => Standing {
                limit: max,
                remaining: 0,
                resets_at: store::find_end(tx, &key).await?.unwrap_or(ends_at),
                allowed: false,
            },
        };
        Ok(standing)
    }

    /// Starts the subject's count anew: it has shown that it is not who the limit is against.
    pub async fn forgive(&self, tx: &mut Tx, limit: &Limit, subject: &str) -> Result<(), DbError> {
        store::delete(tx, &key(limit, subject)).await
    }

    /// Deletes up to [`crate::BATCH`] counters whose window has ended.
    pub async fn delete_expired(&self, tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
        store::delete_expired(tx, now).await
    }
}

impl Standing {
    /// Goes on, or says when to come back.
    pub fn require(self, now: Timestamp) -> Result<Self, RateLimited> {
        if self.allowed {
            return Ok(self);
        }
        Err(RateLimited {
            retry_after: self.resets_at.since(now),
        })
    }
}

impl Failure for RateLimited {
    fn kind(&self) -> FailureKind {
        FailureKind::TooManyRequests
    }

    fn code(&self) -> &'static str {
        "rate_limited"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(self.retry_after)
    }
}

/// Subjects are addresses and the like, of any length and kept a while, so their hash stands for them.
fn key(limit: &Limit, subject: &str) -> String {
    let hash = hash_secret(subject.as_bytes());
    let half = hash.first_chunk().map_or(0, |half| u128::from_be_bytes(*half));
    format!("{}:{half:032x}", limit.name)
}

#[cfg(test)]
mod tests;
