//! Which second factors people have.

use db::{DbError, Executor};
use kernel::UserId;

use super::model::HeldFactors;
use super::store;

/// Second factors, as the other services ask about them. Cheap to clone.
#[derive(Debug, Clone, Copy, Default)]
pub struct Factors;

impl Factors {
    /// What the person has, as the transaction sees it.
    pub async fn held_in(&self, tx: &mut impl Executor, user: UserId) -> Result<HeldFactors, DbError> {
        store::find(tx, user).await
    }
}
