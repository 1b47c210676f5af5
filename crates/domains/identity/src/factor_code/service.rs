//! How a code is tried.

use std::time::Duration;

use db::{DbError, Executor, Tx};
use guard::{Limit, RateLimited};
use kernel::event::auth::{RecoveryCodeUsed, SecondFactorFailed};
use kernel::{RequestContext, Timestamp, UserId};

use super::model::{FactorCode, Kept, Proven};
use crate::credential_notice;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::machinery::Machinery;
use crate::recovery_code::service::RecoveryCodes;
use crate::session::model::Shown;
use crate::totp::service::Totps;
use crate::user::model::User;

/// Codes of one account, right or wrong, wherever they are shown.
const CODES: Limit = Limit {
    name: "second_factor_code",
    max: 10,
    window: Duration::from_hours(1),
};

/// Codes of both kinds. Cheap to clone.
#[derive(Clone)]
pub struct FactorCodes {
    machinery: Machinery,
    totps: Totps,
    recovery_codes: RecoveryCodes,
}

impl FactorCodes {
    /// Over both kinds.
    pub const fn new(machinery: Machinery, totps: Totps, recovery_codes: RecoveryCodes) -> Self {
        Self {
            machinery,
            totps,
            recovery_codes,
        }
    }

    /// Counts a try, which must be kept whatever comes of it. `Err` inside when there were too many.
    pub(crate) async fn count_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        now: Timestamp,
    ) -> Result<Result<(), RateLimited>, DbError> {
        let standing = self
            .machinery
            .limits
            .hit_in(tx, &CODES, &user.to_string(), now)
            .await?;
        Ok(standing.require(now).map(drop))
    }

    /// What the code is compared with.
    pub(crate) async fn find_in(
        &self,
        db: &mut impl Executor,
        user: UserId,
        code: &FactorCode,
    ) -> Result<Kept, DbError> {
        Ok(match code {
            FactorCode::Totp(_) => Kept::Totp(
                self.totps
                    .find_in(db, user)
                    .await?
                    .filter(|factor| factor.confirmed_at.is_some()),
            ),
            FactorCode::Recovery(code) => Kept::Recovery(self.recovery_codes.find_in(db, user, code).await?),
        })
    }

    /// Whether the code is right. May take a while, so never inside a transaction.
    pub(crate) async fn compare(
        &self,
        user: UserId,
        code: &FactorCode,
        kept: Kept,
        now: Timestamp,
    ) -> Result<Option<Proven>, IdentityError> {
        Ok(match (code, kept) {
            (FactorCode::Totp(code), Kept::Totp(Some(factor))) => {
                self.totps.compare(user, &factor, code, now).map(Proven::Totp)
            }
            (FactorCode::Recovery(code), Kept::Recovery(phc)) => {
                let proven = self.recovery_codes.compare(code, phc).await?;
                proven.map(Proven::Recovery)
            }
            _ => None,
        })
    }

    /// Uses the code up; the owner learns by mail when it was a recovery code. `false` when somebody was faster.
    /// The caller locked the account's row.
    pub(crate) async fn spend_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        proven: &Proven,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let shown = match proven {
            Proven::Totp(shown) => return Ok(self.totps.spend_in(tx, user.id, shown, now).await?),
            Proven::Recovery(shown) => shown,
        };
        if !self.recovery_codes.spend_in(tx, user.id, shown, now).await? {
            return Ok(false);
        }
        let left = Factors.held_in(tx, user.id).await?.recovery_codes;
        credential_notice::send_code_used_in(tx, &self.machinery, user, left, context, now).await?;
        let told = RecoveryCodeUsed {
            user_id: user.id,
            left,
        };
        self.machinery.events.publish(tx, context, &told).await?;
        Ok(true)
    }

    /// Writes down that a code was wrong.
    pub(crate) async fn tell_failed_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        shown: Shown,
    ) -> Result<(), IdentityError> {
        let failed = SecondFactorFailed {
            user_id: user,
            kind: shown.method().to_owned(),
        };
        Ok(self.machinery.events.publish(tx, context, &failed).await?)
    }
}
