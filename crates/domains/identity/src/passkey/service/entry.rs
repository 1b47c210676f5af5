//! How a passkey opens a session: by itself, or as second factor.

use db::Tx;
use kernel::event::auth::SecondFactorFailed;
use kernel::{RequestContext, Secret, SessionId, Timestamp};
use webauthn::UserVerification;

use super::{ANSWERS, CHALLENGES, Passkeys};
use crate::entrance::model::{Pending, SecondFactor};
use crate::error::IdentityError;
use crate::passkey::answer::AuthenticationCredential;
use crate::passkey::model::{Admission, Ceremony, Purpose};
use crate::passkey::options::RequestOptions;
use crate::passkey::store;
use crate::session::model::{NewSession, OpenedSession, SessionKind};
use crate::session::service::Held;

/// What a person answers who is between the two steps.
#[derive(Debug, Clone)]
pub struct SecondStep {
    /// The ticket of the first step.
    pub ticket: Secret<String>,
    /// What their browser answered.
    pub credential: AuthenticationCredential,
}

/// What is handed in at the door.
#[derive(Clone)]
enum Knock {
    First(AuthenticationCredential),
    Second(SecondStep),
}

impl Passkeys {
    /// What the browser of anybody is to be given. It names no account: the authenticator shows its owner which
    /// passkeys it has for us.
    pub async fn start_sign_in(&self, context: &RequestContext) -> Result<RequestOptions, IdentityError> {
        self.limit(context, &CHALLENGES).await?;
        let (this, now) = (self.clone(), self.machinery.now());
        let work = async move |tx: &mut Tx| this.challenge_in(tx, Purpose::SIGN_IN, now).await;
        let challenge = self.machinery.db.write(work).await?;
        let verification = UserVerification::Required;
        Ok(RequestOptions::new(
            &self.party,
            verification,
            Vec::new(),
            challenge,
        ))
    }

    /// What the browser of a person between the two steps is to be given.
    pub async fn start_second_factor(
        &self,
        context: &RequestContext,
        ticket: &Secret<String>,
    ) -> Result<RequestOptions, IdentityError> {
        self.limit(context, &CHALLENGES).await?;
        let (this, ticket, now) = (self.clone(), ticket.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let pending = this.entrances.pending_in(tx, &ticket, now).await?;
                let pending = pending.ok_or(IdentityError::PasskeyInvalid)?;
                let known = store::list_known(tx, pending.user_id).await?;
                if known.is_empty() {
                    return Err(IdentityError::PasskeyInvalid);
                }
                let purpose = Purpose::second_factor(&pending);
                let challenge = this.challenge_in(tx, purpose, now).await?;
                let verification = UserVerification::Preferred;
                Ok(RequestOptions::new(&this.party, verification, known, challenge))
            })
            .await
    }

    /// Lets a client of the API in. Repeated with the same `Idempotency-Key` it answers the same session again.
    pub async fn sign_in(
        &self,
        context: &RequestContext,
        credential: AuthenticationCredential,
    ) -> Result<Held, IdentityError> {
        self.enter(context, Knock::First(credential)).await
    }

    /// Lets a browser in.
    pub async fn sign_in_in_browser(
        &self,
        context: &RequestContext,
        credential: AuthenticationCredential,
    ) -> Result<OpenedSession, IdentityError> {
        self.enter_in_browser(context, Knock::First(credential)).await
    }

    /// Lets a client of the API in whose second factor is a passkey; repeated as above.
    pub async fn complete(&self, context: &RequestContext, step: SecondStep) -> Result<Held, IdentityError> {
        self.enter(context, Knock::Second(step)).await
    }

    /// Lets a browser in whose second factor is a passkey.
    pub async fn complete_in_browser(
        &self,
        context: &RequestContext,
        step: SecondStep,
    ) -> Result<OpenedSession, IdentityError> {
        self.enter_in_browser(context, Knock::Second(step)).await
    }

    async fn enter(&self, context: &RequestContext, knock: Knock) -> Result<Held, IdentityError> {
        self.limit(context, &ANSWERS).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let admission: Admission<SessionId> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let admitted = this.admit_in(tx, &context, &knock, SessionKind::Api, now).await?;
                    Ok::<_, IdentityError>(admitted.map(|opened| opened.session.id))
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        self.sessions.tokens_again(admission.session()?).await
    }

    async fn enter_in_browser(
        &self,
        context: &RequestContext,
        knock: Knock,
    ) -> Result<OpenedSession, IdentityError> {
        self.limit(context, &ANSWERS).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let admission = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                this.admit_in(tx, &context, &knock, SessionKind::Browser, now)
                    .await
            })
            .await?;
        admission.session()
    }

    /// A wrong answer is no error in here: that its challenge is used up has to stay.
    async fn admit_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        knock: &Knock,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Admission<OpenedSession>, IdentityError> {
        match knock {
            Knock::First(credential) => self.let_in(tx, context, credential, kind, now).await,
            Knock::Second(step) => self.complete_in(tx, context, step, kind, now).await,
        }
    }

    async fn let_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        credential: &AuthenticationCredential,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Admission<OpenedSession>, IdentityError> {
        let (purpose, verification) = (Purpose::SIGN_IN, UserVerification::Required);
        let used = self
            .use_in(tx, context, purpose, verification, credential, now)
            .await?;
        let Some(used) = used else {
            return Ok(Admission::Refused);
        };
        if self.machinery.config.confirm_email && !used.user.is_verified() {
            return Ok(Admission::Unverified);
        }
        let amr = [used.amr(), "user", "mfa"];
        let new = NewSession {
            user_id: used.user.id,
            kind,
            method: String::from("passkey"),
            amr: amr.map(str::to_owned).into(),
            aal: 2,
        };
        let opened = self.sessions.open(tx, context, new, now).await?;
        Ok(Admission::In(opened))
    }

    /// The session is of the kind that the first step asked for, so a ticket of one is not used for the other.
    async fn complete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        step: &SecondStep,
        kind: SessionKind,
        now: Timestamp,
    ) -> Result<Admission<OpenedSession>, IdentityError> {
        let pending = self.entrances.attempt_in(tx, &step.ticket, now).await?;
        let Some(pending) = pending.filter(|pending| pending.kind == kind) else {
            return Ok(Admission::Refused);
        };
        let (purpose, verification) = (Purpose::second_factor(&pending), UserVerification::Preferred);
        let used = self
            .use_in(tx, context, purpose, verification, &step.credential, now)
            .await?;
        let Some(used) = used else {
            let failed = SecondFactorFailed {
                user_id: pending.user_id,
                kind: String::from("passkey"),
            };
            self.machinery.events.publish(tx, context, &failed).await?;
            return Ok(Admission::Refused);
        };
        let second = SecondFactor { amr: used.amr() };
        let opened = self
            .entrances
            .complete_in(tx, context, &pending, second, now)
            .await?;
        Ok(opened.map_or(Admission::Refused, Admission::In))
    }
}

impl Purpose {
    const fn second_factor(pending: &Pending) -> Self {
        Self {
            ceremony: Ceremony::SecondFactor,
            user: Some(pending.user_id),
            subject: Some(pending.id),
        }
    }
}

impl<S> Admission<S> {
    fn map<T>(self, held: impl FnOnce(S) -> T) -> Admission<T> {
        match self {
            Self::In(session) => Admission::In(held(session)),
            Self::Unverified => Admission::Unverified,
            Self::Refused => Admission::Refused,
        }
    }

    fn session(self) -> Result<S, IdentityError> {
        match self {
            Self::In(session) => Ok(session),
            Self::Unverified => Err(IdentityError::EmailNotVerified),
            Self::Refused => Err(IdentityError::PasskeyInvalid),
        }
    }
}
