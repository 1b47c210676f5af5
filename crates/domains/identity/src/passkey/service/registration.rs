//! How a passkey is made.

use db::Tx;
use kernel::event::auth::FactorAdded;
use kernel::{PasskeyId, RequestContext, Timestamp};
use webauthn::{Registered, UserVerification};

use super::{OWN_CHALLENGES, Passkeys};
use crate::credential_notice::{self, CredentialChange};
use crate::enrolment::model::{Asking, Enrolled, Enrolment};
use crate::error::IdentityError;
use crate::passkey::model::{Added, Addition, Ceremony, MOST_PASSKEYS, NewPasskey, Passkey, Purpose};
use crate::passkey::options::CreationOptions;
use crate::passkey::store::{self, NewRow};
use crate::recovery_code::model::NewCodes;
use crate::session::model::Shown;
use crate::user::model::User;

impl Passkeys {
    /// What the browser of a person who is signed in is to be given.
    pub async fn start_registration(&self, asking: Asking) -> Result<CreationOptions, IdentityError> {
        self.limit_of(&asking.user.to_string(), &OWN_CHALLENGES).await?;
        let (this, now) = (self.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let user = this.users.find_in(tx, asking.user).await?;
                let user = user.ok_or(IdentityError::NotFound)?;
                let known = store::list_known(tx, user.id).await?;
                let purpose = Purpose::of(Ceremony::Registration, asking);
                let challenge = this.challenge_in(tx, purpose, now).await?;
                let product = &this.machinery.config.product_name;
                Ok(CreationOptions::new(
                    &this.party,
                    product,
                    &user,
                    known,
                    challenge,
                ))
            })
            .await
    }

    /// Keeps the passkey that the browser made, and raises the session. With the first second factor all other
    /// sessions end, which never showed it. Who has no recovery codes gets some; the owner is told by mail.
    pub async fn create(
        &self,
        context: &RequestContext,
        asking: Asking,
        new: NewPasskey,
    ) -> Result<Added, IdentityError> {
        let codes = self.enrolments.prepare_codes(asking.user).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let addition = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| {
                    let new = (&new, codes.as_ref());
                    this.create_in(tx, &context, asking, new, now).await
                };
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await?;
        match addition {
            Addition::Added(id, enrolment) => Ok(Added {
                passkey: self.get(asking.user, id).await?,
                enrolled: Enrolled {
                    renewed: self.sessions.renewed(enrolment.renewal).await?,
                    recovery_codes: enrolment.recovery_codes,
                },
            }),
            Addition::Refused => Err(IdentityError::PasskeyInvalid),
            Addition::Taken => Err(IdentityError::PasskeyTaken),
            Addition::TooMany => Err(IdentityError::TooManyPasskeys),
        }
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        asking: Asking,
        (new, codes): (&NewPasskey, Option<&NewCodes>),
        now: Timestamp,
    ) -> Result<Addition, IdentityError> {
        let Some(registered) = self.registered_in(tx, asking, new, now).await? else {
            return Ok(Addition::Refused);
        };
        // Locked, so that no two are added at once beyond the limit, and the first is one.
        let user = self.users.lock_in(tx, asking.user).await?;
        let user = user.filter(User::is_active).ok_or(IdentityError::NotFound)?;
        if store::count(tx, user.id).await? >= MOST_PASSKEYS {
            return Ok(Addition::TooMany);
        }
        let before = self.factors.held_in(tx, user.id).await?;
        let passkey = Passkey {
            id: PasskeyId::new(&*self.machinery.ids, now),
            name: new.name.clone().unwrap_or_default().as_str().to_owned(),
            transports: new.credential.response.transports(),
            is_backed_up: registered.is_backed_up,
            created_at: now,
            last_used_at: None,
        };
        let row = NewRow {
            passkey: &passkey,
            user: user.id,
            registered: &registered,
        };
        if store::insert(tx, row).await? == 0 {
            return Ok(Addition::Taken);
        }
        let enrolments = &self.enrolments;
        let recovery_codes = match codes {
            Some(codes) if before.recovery_codes == 0 => {
                enrolments.set_codes_in(tx, context, user.id, codes, now).await?
            }
            _ => Vec::new(),
        };
        let (whose, shown) = ((asking.session, user.id), Shown::Passkey);
        let renewal = enrolments
            .raise_in(tx, context, whose, before, shown, now)
            .await?;
        self.tell_added_in(tx, context, &user, &passkey, now).await?;
        let enrolment = Enrolment {
            renewal,
            recovery_codes,
        };
        Ok(Addition::Added(passkey.id, enrolment))
    }

    async fn registered_in(
        &self,
        tx: &mut Tx,
        asking: Asking,
        new: &NewPasskey,
        now: Timestamp,
    ) -> Result<Option<Registered>, IdentityError> {
        let purpose = Purpose::of(Ceremony::Registration, asking);
        let client_data = &new.credential.response.client_data_json.0;
        let Some(challenge) = self.answered_in(tx, purpose, client_data, now).await? else {
            return Ok(None);
        };
        let answer = new.credential.answer();
        let checked = answer.verify(&self.party, &challenge, UserVerification::Preferred);
        if let Err(fault) = &checked {
            tracing::debug!(%fault, "a new passkey is refused");
        }
        Ok(checked.ok())
    }

    async fn tell_added_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: &User,
        passkey: &Passkey,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let change = CredentialChange::PasskeyAdded(passkey.name.clone());
        credential_notice::send_in(tx, &self.machinery, user, &change, context, now).await?;
        let added = FactorAdded {
            user_id: user.id,
            kind: String::from("passkey"),
        };
        Ok(self.machinery.events.publish(tx, context, &added).await?)
    }
}
