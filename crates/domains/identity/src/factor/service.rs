//! Which second factors people have.

use db::{DbError, Executor, Tx};
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

    /// How many passkeys a person has.
    pub(crate) async fn count_passkeys_in(
        &self,
        tx: &mut impl Executor,
        user: UserId,
    ) -> Result<u32, DbError> {
        store::count_passkeys(tx, user).await
    }

    /// To be called when a factor is gone: recovery codes go with the last. The caller locked the account's
    /// row, so that none is added meanwhile.
    pub async fn tidy_in(&self, tx: &mut Tx, user: UserId) -> Result<(), DbError> {
        if !store::find(tx, user).await?.is_second_due() {
            store::delete_recovery_codes(tx, user).await?;
        }
        Ok(())
    }

    /// Takes every factor away and answers what there was. The caller locked the account's row, and ends its
    /// sessions.
    pub async fn clear_in(&self, tx: &mut Tx, user: UserId) -> Result<HeldFactors, DbError> {
        let held = store::find(tx, user).await?;
        store::delete_totp(tx, user).await?;
        store::delete_passkeys(tx, user).await?;
        store::delete_recovery_codes(tx, user).await?;
        Ok(held)
    }
}
