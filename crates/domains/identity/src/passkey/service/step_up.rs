//! How a passkey makes a session fresh again.

use db::Tx;
use kernel::event::auth::SecondFactorFailed;
use kernel::{RequestContext, Timestamp};
use webauthn::UserVerification;

use super::{OWN_CHALLENGES, Passkeys};
use crate::enrolment::model::Asking;
use crate::error::IdentityError;
use crate::passkey::answer::AuthenticationCredential;
use crate::passkey::model::{Ceremony, Purpose};
use crate::passkey::options::RequestOptions;
use crate::passkey::store;
use crate::session::model::{Renewal, Renewed, Shown};

impl Passkeys {
    /// What the browser of a person who is signed in is to be given.
    pub async fn start_step_up(&self, asking: Asking) -> Result<RequestOptions, IdentityError> {
        self.limit_of(&asking.user.to_string(), &OWN_CHALLENGES).await?;
        let (this, now) = (self.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let known = store::list_known(tx, asking.user).await?;
                if known.is_empty() {
                    return Err(IdentityError::NotFound);
                }
                let purpose = Purpose::of(Ceremony::StepUp, asking);
                let challenge = this.challenge_in(tx, purpose, now).await?;
                let verification = UserVerification::Preferred;
                Ok(RequestOptions::new(&this.party, verification, known, challenge))
            })
            .await
    }

    /// Makes the session fresh, and gives it another secret. A passkey that does not verify its user is as good as
    /// a code of an app: the session was begun with another factor.
    pub async fn step_up(
        &self,
        context: &RequestContext,
        asking: Asking,
        credential: AuthenticationCredential,
    ) -> Result<Renewed, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let renewal: Option<Renewal> = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                // A wrong answer is no error in here: that its challenge is used up has to stay.
                let work = async |tx: &mut Tx| this.raise_in(tx, &context, asking, &credential, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        let renewal = renewal.ok_or(IdentityError::PasskeyInvalid)?;
        self.sessions.renewed(renewal).await
    }

    async fn raise_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        asking: Asking,
        credential: &AuthenticationCredential,
        now: Timestamp,
    ) -> Result<Option<Renewal>, IdentityError> {
        let purpose = Purpose::of(Ceremony::StepUp, asking);
        let verification = UserVerification::Preferred;
        let used = self
            .use_in(tx, context, purpose, verification, credential, now)
            .await?;
        if used.is_none() {
            let failed = SecondFactorFailed {
                user_id: asking.user,
                kind: String::from("passkey"),
            };
            self.machinery.events.publish(tx, context, &failed).await?;
            return Ok(None);
        }
        let raised = self
            .sessions
            .raise_in(tx, context, asking.session, Shown::Passkey, now);
        raised.await.map(Some)
    }
}
