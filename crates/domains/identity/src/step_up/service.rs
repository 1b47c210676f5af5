//! How a session becomes fresh again.

use db::{ReadTx, Tx};
use kernel::{RequestContext, Secret};

use crate::enrolment::model::Asking;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::factor_code::model::{FactorCode, Proven};
use crate::factor_code::service::FactorCodes;
use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::session::model::{Renewal, Renewed, Shown};
use crate::session::service::Sessions;
use crate::user::model::User;
use crate::user::service::Users;

/// What a person shows.
#[derive(Debug, Clone)]
pub enum StepUp {
    /// Their password: enough for who has no second factor.
    Password(Secret<String>),
    /// A code of their second factor.
    Code(FactorCode),
}

/// Step-ups. Cheap to clone.
#[derive(Clone)]
pub struct StepUps {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    passwords: Passwords,
    codes: FactorCodes,
}

impl StepUps {
    /// Over the services that know what was shown.
    pub const fn new(
        machinery: Machinery,
        users: Users,
        sessions: Sessions,
        passwords: Passwords,
        codes: FactorCodes,
    ) -> Self {
        Self {
            machinery,
            users,
            sessions,
            passwords,
            codes,
        }
    }

    /// Makes the session fresh, and gives it another secret. What is wrong is counted as at the door.
    pub async fn take(
        &self,
        context: &RequestContext,
        asking: Asking,
        step_up: StepUp,
    ) -> Result<Renewed, IdentityError> {
        let renewal = match step_up {
            StepUp::Password(password) => self.by_password(context, asking, &password).await?,
            StepUp::Code(code) => self.by_code(context, asking, &code).await?,
        };
        self.sessions.renewed(renewal).await
    }

    async fn by_password(
        &self,
        context: &RequestContext,
        asking: Asking,
        password: &Secret<String>,
    ) -> Result<Renewal, IdentityError> {
        let held = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| Factors.held_in(tx, asking.user).await)
            .await?;
        if held.is_second_due() {
            return Err(IdentityError::StepUpRequired);
        }
        let user = self.users.get(asking.user).await?;
        self.passwords.confirm(context, &user, password).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    this.lock_in(tx, asking).await?;
                    // One that was added at this moment counts.
                    if Factors.held_in(tx, asking.user).await?.is_second_due() {
                        return Err(IdentityError::StepUpRequired);
                    }
                    let shown = Shown::Password;
                    this.sessions
                        .raise_in(tx, &context, asking.session, shown, now)
                        .await
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    async fn by_code(
        &self,
        context: &RequestContext,
        asking: Asking,
        code: &FactorCode,
    ) -> Result<Renewal, IdentityError> {
        let proven = self.prove(asking, code).await?;
        let shown = code.shown();
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let renewal: Option<Renewal> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                // A wrong code is no error in here: that it was shown has to stay written down.
                let work = async |tx: &mut Tx| {
                    let user = this.lock_in(tx, asking).await?;
                    let is_right = match &proven {
                        Some(proven) => this.codes.spend_in(tx, &context, &user, proven, now).await?,
                        None => false,
                    };
                    if !is_right {
                        this.codes.tell_failed_in(tx, &context, user.id, shown).await?;
                        return Ok(None);
                    }
                    let raised = this.sessions.raise_in(tx, &context, asking.session, shown, now);
                    raised.await.map(Some)
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        renewal.ok_or(IdentityError::OtpInvalid)
    }

    /// Counts the try, then compares, outside of any transaction.
    async fn prove(&self, asking: Asking, code: &FactorCode) -> Result<Option<Proven>, IdentityError> {
        let (this, trying, now) = (self.clone(), code.clone(), self.machinery.now());
        let (counted, kept) = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let counted = this.codes.count_in(tx, asking.user, now).await?;
                Ok::<_, IdentityError>((counted, this.codes.find_in(tx, asking.user, &trying).await?))
            })
            .await?;
        counted?;
        self.codes.compare(asking.user, code, kept, now).await
    }

    async fn lock_in(&self, tx: &mut Tx, asking: Asking) -> Result<User, IdentityError> {
        let user = self.users.lock_in(tx, asking.user).await?;
        user.filter(User::is_active).ok_or(IdentityError::SessionRevoked)
    }
}

#[cfg(test)]
mod tests;
