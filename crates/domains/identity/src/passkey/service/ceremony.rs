//! What every use of a passkey has in common: a challenge that is answered once, and the answer's check.

use crypto::hash_secret;
use db::{DbError, Tx};
use kernel::event::auth::PasskeyCopied;
use kernel::{RequestContext, Timestamp};
use webauthn::{Asserted, Fault, KnownCredential, UserVerification};

use super::Passkeys;
use crate::error::IdentityError;
use crate::passkey::answer::AuthenticationCredential;
use crate::passkey::model::{Kept, Purpose, Used};
use crate::passkey::store;
use crate::user::model::User;

impl Passkeys {
    /// A challenge that is good for one answer.
    pub(super) async fn challenge_in(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        now: Timestamp,
    ) -> Result<Vec<u8>, DbError> {
        let challenge = crypto::random::bytes::<32>();
        let id = self.machinery.ids.uuid_v7(now);
        store::insert_challenge(tx, id, hash_secret(&*challenge), purpose, now).await?;
        Ok(challenge.to_vec())
    }

    /// Uses up the challenge that client data names, before anything is checked: a wrong answer is no second try.
    /// `None` when it is no challenge for this purpose.
    pub(super) async fn answered_in(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        client_data_json: &[u8],
        now: Timestamp,
    ) -> Result<Option<Vec<u8>>, DbError> {
        let Ok(challenge) = webauthn::challenge_of(client_data_json) else {
            return Ok(None);
        };
        let hash = hash_secret(&challenge);
        let used = store::update_challenge_consumed(tx, hash, purpose, now).await?;
        Ok((used > 0).then_some(challenge))
    }

    /// The passkey that was used, when the answer is right. Whatever is wrong is `None`, and has to be committed:
    /// the challenge is used up all the same.
    pub(super) async fn use_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        purpose: Purpose,
        verification: UserVerification,
        credential: &AuthenticationCredential,
        now: Timestamp,
    ) -> Result<Option<Used>, IdentityError> {
        let client_data = &credential.response.client_data_json.0;
        let Some(challenge) = self.answered_in(tx, purpose, client_data, now).await? else {
            return Ok(None);
        };
        let Some((user, key)) = self.owner_in(tx, purpose, credential).await? else {
            return Ok(None);
        };
        let handle = user.id.uuid();
        let known = KnownCredential {
            public_key: &key.public_key,
            sign_count: key.sign_count,
            user_handle: handle.as_bytes(),
            identified: purpose.identified(),
        };
        let checked = credential
            .answer()
            .verify(&self.party, &challenge, verification, &known);
        let asserted = self.judge_in(tx, context, &key, checked).await?;
        let Some(asserted) = asserted else {
            return Ok(None);
        };
        let is_kept = store::update_used(tx, &key, &asserted, now).await? > 0;
        Ok(is_kept.then_some(Used { user, asserted }))
    }

    /// Whose passkey it is, with the account's row locked: a passkey that is being taken away at this moment
    /// opens nothing.
    async fn owner_in(
        &self,
        tx: &mut Tx,
        purpose: Purpose,
        credential: &AuthenticationCredential,
    ) -> Result<Option<(User, Kept)>, IdentityError> {
        let key = store::find_key(tx, credential.raw_id.0.clone()).await?;
        let key = key.filter(|key| purpose.user.is_none_or(|user| user == key.user_id));
        let Some(key) = key else {
            return Ok(None);
        };
        let user = self.users.lock_in(tx, key.user_id).await?;
        Ok(user.filter(User::is_active).map(|user| (user, key)))
    }

    /// A counter that went back is worth an event: somebody may have a copy of the authenticator.
    async fn judge_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        key: &Kept,
        checked: Result<Asserted, Fault>,
    ) -> Result<Option<Asserted>, IdentityError> {
        match checked {
            Ok(asserted) => Ok(Some(asserted)),
            Err(Fault::SignCount) => {
                let copied = PasskeyCopied {
                    user_id: key.user_id,
                    passkey_id: key.id,
                };
                self.machinery.events.publish(tx, context, &copied).await?;
                Ok(None)
            }
            Err(fault) => {
                tracing::debug!(%fault, "the answer of a passkey is refused");
                Ok(None)
            }
        }
    }
}
