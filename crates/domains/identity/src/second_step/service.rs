//! From a ticket and a code to a session.

use db::{ReadTx, Tx};
use guard::RateLimited;
use kernel::{RequestContext, Secret, Timestamp};

use crate::entrance::model::{Entered, Entry, Pending, SecondFactor};
use crate::entrance::service::Entrances;
use crate::error::IdentityError;
use crate::factor::model::HeldFactors;
use crate::factor::service::Factors;
use crate::factor_code::model::{FactorCode, Kept, Proven};
use crate::factor_code::service::FactorCodes;
use crate::machinery::Machinery;
use crate::password::model::{LetIn, SignedIn};
use crate::password::service::Passwords;
use crate::session::model::{Held, SessionKind};
use crate::user::model::User;
use crate::user::service::Users;

/// What a person takes the second step with.
#[derive(Debug, Clone)]
pub struct SecondStep {
    /// What the first step answered.
    pub ticket: Secret<String>,
    /// The code.
    pub code: FactorCode,
    /// The cookie of a browser that has signed in before.
    pub device: Option<Secret<String>>,
}

/// Second steps. Cheap to clone.
#[derive(Clone)]
pub struct SecondSteps {
    machinery: Machinery,
    users: Users,
    entrances: Entrances,
    passwords: Passwords,
    codes: FactorCodes,
}

/// A try that was counted.
enum Try {
    /// With a ticket that holds.
    Admitted(Pending, Kept),
    /// The ticket is unknown, used, over or tried too often.
    Dead,
    /// The account was tried too often.
    Limited(RateLimited),
}

/// A ticket and what was shown with it, right or wrong.
struct Shown {
    pending: Pending,
    proven: Option<Proven>,
}

impl SecondSteps {
    /// Over the services that a session begins with.
    pub const fn new(
        machinery: Machinery,
        users: Users,
        entrances: Entrances,
        passwords: Passwords,
        codes: FactorCodes,
    ) -> Self {
        Self {
            machinery,
            users,
            entrances,
            passwords,
            codes,
        }
    }

    /// Lets a client of the API in. Repeated with the same `Idempotency-Key` it answers the same session again.
    pub async fn take(
        &self,
        context: &RequestContext,
        step: SecondStep,
    ) -> Result<SignedIn<Held>, IdentityError> {
        let now = self.machinery.now();
        let shown = self.show(&step, SessionKind::Api, now).await?;
        let (this, context) = (self.clone(), context.clone());
        let let_in: Option<LetIn> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                // A wrong code is no error in here: that it was shown has to stay written down.
                let work = async |tx: &mut Tx| {
                    let signed_in = this.let_in(tx, &context, shown.as_ref(), &step, now).await?;
                    Ok::<_, IdentityError>(signed_in.map(|signed_in| LetIn {
                        entry: Entry::from(&signed_in.entered),
                        device: signed_in.device.map(|device| device.expose().clone()),
                    }))
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        let let_in = let_in.ok_or(IdentityError::OtpInvalid)?;
        Ok(SignedIn {
            entered: self.entrances.again(let_in.entry).await?,
            device: let_in.device.map(Secret::new),
        })
    }

    /// Lets a browser in.
    pub async fn take_in_browser(
        &self,
        context: &RequestContext,
        step: SecondStep,
    ) -> Result<SignedIn, IdentityError> {
        let now = self.machinery.now();
        let shown = self.show(&step, SessionKind::Browser, now).await?;
        let (this, context) = (self.clone(), context.clone());
        let signed_in = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| this.let_in(tx, &context, shown.as_ref(), &step, now).await)
            .await?;
        signed_in.ok_or(IdentityError::OtpInvalid)
    }

    /// What a ticket can be used with, while it is of use. Counts nothing: pages ask before they show their form.
    pub async fn open_to(&self, ticket: &Secret<String>) -> Result<Option<HeldFactors>, IdentityError> {
        let (entrances, ticket, now) = (self.entrances.clone(), ticket.clone(), self.machinery.now());
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| {
                Ok(match entrances.pending_in(tx, &ticket, now).await? {
                    Some(pending) => Some(Factors.held_in(tx, pending.user_id).await?),
                    None => None,
                })
            })
            .await
    }

    /// Counts the try, then compares, outside of any transaction. A ticket is good for the kind of session that
    /// its first step was taken for.
    async fn show(
        &self,
        step: &SecondStep,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Option<Shown>, IdentityError> {
        let (this, trying) = (self.clone(), step.clone());
        let tried = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| this.try_in(tx, &trying, kind, now).await)
            .await?;
        let (pending, kept) = match tried {
            Try::Admitted(pending, kept) => (pending, kept),
            Try::Dead => return Ok(None),
            Try::Limited(limited) => return Err(limited.into()),
        };
        let proven = self.codes.compare(pending.user_id, &step.code, kept, now).await?;
        Ok(Some(Shown { pending, proven }))
    }

    async fn try_in(
        &self,
        tx: &mut Tx,
        step: &SecondStep,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Try, IdentityError> {
        let pending = self.entrances.attempt_in(tx, &step.ticket, now).await?;
        let Some(pending) = pending.filter(|pending| pending.kind == kind) else {
            return Ok(Try::Dead);
        };
        if let Err(limited) = self.codes.count_in(tx, pending.user_id, now).await? {
            return Ok(Try::Limited(limited));
        }
        let kept = self.codes.find_in(tx, pending.user_id, &step.code).await?;
        Ok(Try::Admitted(pending, kept))
    }

    async fn let_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        shown: Option<&Shown>,
        step: &SecondStep,
        now: Timestamp,
    ) -> Result<Option<SignedIn>, IdentityError> {
        let Some(Shown { pending, proven }) = shown else {
            return Ok(None);
        };
        let user = self.users.lock_in(tx, pending.user_id).await?;
        let Some(user) = user.filter(User::is_active) else {
            return Ok(None);
        };
        let is_right = match proven {
            Some(proven) => self.codes.spend_in(tx, context, &user, proven, now).await?,
            None => false,
        };
        if !is_right {
            let kind = step.code.shown();
            self.codes.tell_failed_in(tx, context, user.id, kind).await?;
            return Ok(None);
        }
        let second = SecondFactor {
            amr: step.code.shown().amr(),
        };
        let opened = self
            .entrances
            .complete_in(tx, context, pending, second, now)
            .await?;
        let Some(opened) = opened else {
            return Ok(None);
        };
        // Only where a password is asked for does it matter that a browser is known.
        let device = match pending.method.as_str() {
            "password" => Some(
                self.passwords
                    .know_device_in(tx, user.id, step.device.as_ref(), now)
                    .await?,
            ),
            _ => None,
        };
        Ok(Some(SignedIn {
            entered: Entered::In(opened),
            device,
        }))
    }
}

#[cfg(test)]
mod tests;
