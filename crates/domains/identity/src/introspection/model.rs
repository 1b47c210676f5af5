//! What is told about a token, and to whom.

use async_trait::async_trait;
use db::DbError;
use kernel::UserId;
use web::Key;

/// Whose tokens a key may ask about. The domain that knows members answers.
#[async_trait]
pub trait Overseers: Send + Sync {
    /// Whether the key may learn that this person's token holds.
    async fn oversees(&self, key: &Key, user: UserId) -> Result<bool, DbError>;
}

/// What came of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revocation {
    /// Nothing holds any more by this token.
    Done,
    /// It is a key, which its owner revokes.
    Unsupported,
}
