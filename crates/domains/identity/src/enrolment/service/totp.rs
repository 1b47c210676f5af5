//! How an authenticator app is added and removed.

use db::Tx;
use kernel::event::auth::{FactorAdded, FactorRemoved};
use kernel::{RequestContext, Secret, Timestamp, UserId};

use super::Enrolments;
use crate::credential_notice::{self, CredentialChange};
use crate::enrolment::model::{Asking, Enrolled, Enrolment, Started};
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::recovery_code::model::NewCodes;
use crate::session::model::Shown;
use crate::totp::model::{Match, NewTotp};

impl Enrolments {
    /// Gives a person the secret for their authenticator app. It counts for nothing before it is confirmed, so
    /// nobody locks themselves out with an app that was set up badly.
    pub async fn start_totp(&self, context: &RequestContext, user: UserId) -> Result<NewTotp, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let started: Started = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let user = this.lock_in(tx, user).await?;
                    let new = this.totps.start_in(tx, &user, now).await?;
                    Ok::<_, IdentityError>(Started {
                        secret: new.secret.expose().clone(),
                        otpauth_uri: new.otpauth_uri.expose().clone(),
                    })
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        Ok(NewTotp {
            secret: Secret::new(started.secret),
            otpauth_uri: Secret::new(started.otpauth_uri),
        })
    }

    /// Makes the app count, by a code that it shows, and raises the session. Who has no recovery codes gets some.
    pub async fn confirm_totp(
        &self,
        context: &RequestContext,
        asking: Asking,
        code: &Secret<String>,
    ) -> Result<Enrolled, IdentityError> {
        let now = self.machinery.now();
        let shown = self.try_new(asking.user, code, now).await?;
        let proven = match shown {
            Some(shown) => Some((shown, self.recovery_codes.generate().await?)),
            None => None,
        };
        let (this, context) = (self.clone(), context.clone());
        let enrolment: Enrolment = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| match &proven {
                    Some((shown, codes)) => this.confirm_in(tx, &context, asking, shown, codes, now).await,
                    None => Err(IdentityError::OtpInvalid),
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        Ok(Enrolled {
            renewed: self.sessions.renewed(enrolment.renewal).await?,
            recovery_codes: enrolment.recovery_codes,
        })
    }

    /// Takes the app away. Recovery codes go with the last factor.
    pub async fn delete_totp(&self, context: &RequestContext, user: UserId) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let user = this.lock_in(tx, user).await?;
                let factor = this.totps.find_in(tx, user.id).await?;
                let factor = factor.ok_or(IdentityError::NotFound)?;
                this.totps.remove_in(tx, user.id).await?;
                if factor.confirmed_at.is_none() {
                    return Ok(());
                }
                Factors.tidy_in(tx, user.id).await?;
                let change = CredentialChange::TotpRemoved;
                credential_notice::send_in(tx, &this.machinery, &user, &change, &context, now).await?;
                let removed = FactorRemoved {
                    user_id: user.id,
                    kind: String::from("totp"),
                };
                this.machinery.events.publish(tx, &context, &removed).await?;
                Ok(())
            })
            .await
    }

    /// Counts the try, and compares the code with the app that waits for it. One that is confirmed already is left
    /// to the transaction, which knows whether the request is repeated.
    async fn try_new(
        &self,
        user: UserId,
        code: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<Match>, IdentityError> {
        let this = self.clone();
        let (counted, factor) = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let counted = this.codes.count_in(tx, user, now).await?;
                Ok::<_, IdentityError>((counted, this.totps.find_in(tx, user).await?))
            })
            .await?;
        counted?;
        let factor = factor.filter(|factor| factor.confirmed_at.is_none());
        Ok(factor.and_then(|factor| self.totps.compare(user, &factor, code, now)))
    }

    async fn confirm_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        asking: Asking,
        shown: &Match,
        codes: &NewCodes,
        now: Timestamp,
    ) -> Result<Enrolment, IdentityError> {
        let user = self.lock_in(tx, asking.user).await?;
        let before = Factors.held_in(tx, user.id).await?;
        if !self.totps.confirm_in(tx, user.id, shown, now).await? {
            return Err(IdentityError::OtpInvalid);
        }
        let recovery_codes = match before.recovery_codes {
            0 => self.set_codes_in(tx, context, user.id, codes, now).await?,
            _ => Vec::new(),
        };
        let renewal = self
            .raise_in(tx, context, (asking.session, user.id), before, Shown::Totp, now)
            .await?;
        let change = CredentialChange::TotpAdded;
        credential_notice::send_in(tx, &self.machinery, &user, &change, context, now).await?;
        let added = FactorAdded {
            user_id: user.id,
            kind: String::from("totp"),
        };
        self.machinery.events.publish(tx, context, &added).await?;
        Ok(Enrolment {
            renewal,
            recovery_codes,
        })
    }
}
