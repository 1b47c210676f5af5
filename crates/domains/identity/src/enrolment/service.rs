//! How second factors come and go. Whoever gets their first has no session afterwards but the one that was raised
//! by it, so that no session of theirs says less than it should.

mod totp;

use db::{ReadTx, Tx};
use kernel::event::auth::{FactorRemoved, RecoveryCodesMade};
use kernel::{RequestContext, SessionId, Timestamp, UserId};

use super::model::{Overview, TotpOverview};
use crate::credential_notice::{self, CredentialChange};
use crate::error::IdentityError;
use crate::factor::model::HeldFactors;
use crate::factor::service::Factors;
use crate::factor_code::service::FactorCodes;
use crate::machinery::Machinery;
use crate::recovery_code::model::{NewCodes, RecoveryCode};
use crate::recovery_code::service::RecoveryCodes;
use crate::session::model::{Renewal, Shown};
use crate::session::service::Sessions;
use crate::totp::service::Totps;
use crate::user::model::{Acting, User};
use crate::user::service::Users;

/// Second factors that come and go. Cheap to clone.
#[derive(Clone)]
pub struct Enrolments {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    totps: Totps,
    recovery_codes: RecoveryCodes,
    codes: FactorCodes,
}

impl Enrolments {
    /// Over `machinery`.
    pub fn new(machinery: Machinery, users: Users, sessions: Sessions) -> Self {
        let totps = Totps::new(&machinery);
        let recovery_codes = RecoveryCodes::new(machinery.clone());
        Self {
            codes: FactorCodes::new(machinery.clone(), totps.clone(), recovery_codes.clone()),
            machinery,
            users,
            sessions,
            totps,
            recovery_codes,
        }
    }

    /// What a person has.
    pub async fn get(&self, user: UserId) -> Result<Overview, IdentityError> {
        let totps = self.totps.clone();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                let factor = totps.find_in(tx, user).await?;
                let totp = factor.and_then(|factor| {
                    factor.confirmed_at.map(|confirmed_at| TotpOverview {
                        confirmed_at,
                        last_used_at: factor.last_used_at,
                    })
                });
                let held = Factors.held_in(tx, user).await?;
                Ok(Overview {
                    totp,
                    passkeys: Factors.count_passkeys_in(tx, user).await?,
                    recovery_codes: held.recovery_codes,
                })
            })
            .await
    }

    /// Makes new recovery codes; those from before are void.
    pub async fn make_recovery_codes(
        &self,
        context: &RequestContext,
        user: UserId,
    ) -> Result<Vec<String>, IdentityError> {
        let new = self.recovery_codes.generate().await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let user = this.lock_in(tx, user).await?;
                    if !Factors.held_in(tx, user.id).await?.is_second_due() {
                        return Err(IdentityError::NoSecondFactor);
                    }
                    let change = CredentialChange::RecoveryCodesMade;
                    credential_notice::send_in(tx, &this.machinery, &user, &change, &context, now).await?;
                    this.set_codes_in(tx, &context, user.id, &new, now).await
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Takes every second factor away from a person who has lost them, and ends their sessions. Staff do that for
    /// those who stand below them.
    pub async fn reset(
        &self,
        context: &RequestContext,
        acting: Acting,
        user: UserId,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let user = this.users.lock_in(tx, user).await?;
                let mut user = user.ok_or(IdentityError::NotFound)?;
                if !acting.stands_above(&user) {
                    return Err(IdentityError::Outranked);
                }
                let held = Factors.clear_in(tx, user.id).await?;
                if held == HeldFactors::default() {
                    return Ok(());
                }
                this.users.start_epoch_in(tx, &mut user, now).await?;
                this.sessions
                    .end_all(tx, &context, user.id, None, "factors_reset", now)
                    .await?;
                this.tell_cleared_in(tx, &context, &user, held).await?;
                let change = CredentialChange::FactorsReset;
                credential_notice::send_in(tx, &this.machinery, &user, &change, &context, now).await?;
                Ok(())
            })
            .await
    }

    /// Raises the session in which a factor was added. With the first, all others end, which were begun without
    /// it. The caller locked the account's row, and says what the person had before.
    pub(crate) async fn raise_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        (session, user): (SessionId, UserId),
        before: HeldFactors,
        shown: Shown,
        now: Timestamp,
    ) -> Result<Renewal, IdentityError> {
        let renewal = self.sessions.raise_in(tx, context, session, shown, now).await?;
        if !before.is_second_due() {
            self.sessions
                .end_all(tx, context, user, Some(renewal.session), "factor_added", now)
                .await?;
        }
        Ok(renewal)
    }

    async fn lock_in(&self, tx: &mut Tx, user: UserId) -> Result<User, IdentityError> {
        let user = self.users.lock_in(tx, user).await?;
        user.filter(User::is_active).ok_or(IdentityError::NotFound)
    }

    /// Recovery codes for a factor that is about to be added, when the person has none. Making them takes a while,
    /// so never inside a transaction.
    pub(crate) async fn prepare_codes(&self, user: UserId) -> Result<Option<NewCodes>, IdentityError> {
        let work = async move |tx: &mut ReadTx| Factors.held_in(tx, user).await;
        let held: HeldFactors = self.machinery.db.read(work).await?;
        match held.recovery_codes {
            0 => self.recovery_codes.generate().await.map(Some),
            _ => Ok(None),
        }
    }

    /// Puts codes in the place of what there is, and answers how they are written.
    pub(crate) async fn set_codes_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user_id: UserId,
        new: &NewCodes,
        now: Timestamp,
    ) -> Result<Vec<String>, IdentityError> {
        self.recovery_codes.replace_in(tx, user_id, new, now).await?;
        let made = RecoveryCodesMade { user_id };
        self.machinery.events.publish(tx, context, &made).await?;
        Ok(new.codes.iter().map(RecoveryCode::to_text).collect())
    }

    async fn tell_cleared_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        held: HeldFactors,
    ) -> Result<(), IdentityError> {
        let kinds = [
            (held.has_totp, "totp"),
            (held.has_passkey, "passkey"),
            (held.recovery_codes > 0, "recovery_codes"),
        ];
        for (_, kind) in kinds.into_iter().filter(|(was_held, _)| *was_held) {
            let removed = FactorRemoved {
                user_id: user.id,
                kind: kind.to_owned(),
            };
            self.machinery.events.publish(tx, context, &removed).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
