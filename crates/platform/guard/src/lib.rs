//! What must happen at most once, or at most so often. Each is one guarded SQL statement that says by its
//! `RETURNING` whether it did, so that any number of requests at the same moment get one success.
//!
//! Tables: `one_time_tokens`, `rate_counters`, `idempotency_keys`.
//!
//! | module | holds |
//! |---|---|
//! | [`token`] | [`OneTimeTokens`]: links and codes that work once |
//! | [`limit`] | [`Limits`]: counters per subject and window |
//! | [`idempotency`] | [`IdempotencyKeys`]: a request repeated is an answer repeated |
//!
//! What has run out is deleted by jobs, which call each module's `delete_expired` until it returns less
//! than [`BATCH`].

pub mod idempotency;
pub mod limit;
pub mod token;

pub use idempotency::{IdempotencyError, IdempotencyKeys};
pub use limit::{Limit, Limits, RateLimited, Standing};
pub use token::{CodeOutcome, Issued, Lookup, NewToken, OneTimeTokens, Purpose, TokenClaim};

/// The most rows that one call of a `delete_expired` takes, so that no lock is held for long.
pub const BATCH: u64 = 500;

#[cfg(test)]
mod testing;
