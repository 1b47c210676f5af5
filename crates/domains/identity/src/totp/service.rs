//! Secrets of authenticator apps, and the codes that they make.

use crypto::{Sealer, TotpSecret};
use db::{DbError, Executor, Tx};
use kernel::{Secret, Timestamp, UserId};

use super::model::{Match, NewTotp, TotpFactor};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::user::model::User;

/// Authenticator apps. Cheap to clone.
#[derive(Clone)]
pub struct Totps {
    sealer: Sealer,
    product: String,
}

impl Totps {
    /// Over `machinery`.
    pub fn new(machinery: &Machinery) -> Self {
        Self {
            sealer: machinery.master_key.sealer("totp secret"),
            product: machinery.config.product_name.clone(),
        }
    }

    /// Gives a person a secret, which counts for nothing before it is confirmed. One that is not confirmed gives
    /// way.
    pub(crate) async fn start_in(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<NewTotp, IdentityError> {
        let secret = TotpSecret::generate();
        let sealed = self.sealer.seal(secret.bytes(), user.id.uuid().as_bytes());
        if store::upsert(tx, user.id, sealed, now).await? == 0 {
            return Err(IdentityError::TotpExists);
        }
        Ok(NewTotp::new(&secret, &self.product, user.email.as_str()))
    }

    /// What a person has.
    pub(crate) async fn find_in(
        &self,
        db: &mut impl Executor,
        user: UserId,
    ) -> Result<Option<TotpFactor>, DbError> {
        store::find(db, user).await
    }

    /// Whether the app shows this code about now.
    pub(crate) fn compare(
        &self,
        user: UserId,
        factor: &TotpFactor,
        code: &Secret<String>,
        now: Timestamp,
    ) -> Option<Match> {
        let secret = self.sealer.open(&factor.sealed_secret, user.uuid().as_bytes())?;
        let seconds = u64::try_from(now.unix_seconds()).ok()?;
        let step = TotpSecret::from_bytes(&secret).step_of(&written(code), seconds)?;
        Some(Match {
            sealed_secret: factor.sealed_secret.clone(),
            step: i64::try_from(step).ok()?,
        })
    }

    /// From now on the app counts. `false` when it did before, or is another by now.
    pub(crate) async fn confirm_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        shown: &Match,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        Ok(store::update_confirmed(tx, user, shown, now).await? > 0)
    }

    /// Uses a code up. `false` when somebody was faster.
    pub(crate) async fn spend_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        shown: &Match,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        Ok(store::update_step(tx, user, shown, now).await? > 0)
    }

    /// Takes the app away.
    pub(crate) async fn remove_in(&self, tx: &mut Tx, user: UserId) -> Result<(), DbError> {
        store::delete(tx, user).await.map(drop)
    }
}

/// Apps show codes in two groups, and people type them so.
fn written(code: &Secret<String>) -> String {
    code.expose()
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .collect()
}
