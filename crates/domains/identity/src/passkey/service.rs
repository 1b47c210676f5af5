//! How passkeys are kept. How they are made is in `registration`, how they open a session in `entry`, how
//! they make one fresh in `step_up`, and what every use has in common in `ceremony`.

mod ceremony;
mod entry;
mod registration;
mod step_up;

use std::sync::Arc;
use std::time::Duration;

use db::{DbError, ReadTx, Tx};
use guard::Limit;
use kernel::event::auth::FactorRemoved;
use kernel::{Page, PageRequest, PasskeyId, RequestContext, Timestamp, UserId};
use webauthn::RelyingParty;

pub use self::entry::SecondStep;
use super::model::{Passkey, PasskeyName};
use super::store;
use crate::credential_notice::{self, CredentialChange};
use crate::enrolment::service::Enrolments;
use crate::entrance::service::Entrances;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::machinery::Machinery;
use crate::network;
use crate::session::service::Sessions;
use crate::user::service::Users;

/// Challenges for people whom nobody knows yet, from one place.
const CHALLENGES: Limit = Limit {
    name: "passkey_challenge",
    max: 30,
    window: Duration::from_mins(1),
};

/// Answers of people whom nobody knows yet, from one place.
const ANSWERS: Limit = Limit {
    name: "passkey_answer",
    max: 30,
    window: Duration::from_mins(1),
};

/// Challenges of one person who is signed in.
const OWN_CHALLENGES: Limit = Limit {
    name: "passkey_own_challenge",
    max: 30,
    window: Duration::from_mins(10),
};

/// Passkeys. Cheap to clone.
#[derive(Clone)]
pub struct Passkeys {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    entrances: Entrances,
    enrolments: Enrolments,
    factors: Factors,
    party: Arc<RelyingParty>,
}

impl Passkeys {
    /// Over the services that a session begins with. Passkeys are for the host of the public URL, and are used on
    /// pages of its origin.
    pub fn new(
        machinery: Machinery,
        users: Users,
        sessions: Sessions,
        entrances: Entrances,
        enrolments: Enrolments,
    ) -> Self {
        let url = &machinery.config.public_url;
        let host = url.host_str().unwrap_or_default().to_owned();
        let party = RelyingParty::new(host, [url.origin().ascii_serialization()]);
        Self {
            machinery,
            users,
            sessions,
            entrances,
            enrolments,
            factors: Factors,
            party: Arc::new(party),
        }
    }

    /// A person's passkeys, the newest first.
    pub async fn list(&self, user: UserId, page: PageRequest) -> Result<Page<Passkey>, IdentityError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, user, &page).await;
        Ok(self.machinery.db.read(work).await?)
    }

    /// One of a person's passkeys.
    pub(crate) async fn get(&self, user: UserId, id: PasskeyId) -> Result<Passkey, IdentityError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, user, id).await;
        let found: Option<Passkey> = self.machinery.db.read(work).await?;
        found.ok_or(IdentityError::NotFound)
    }

    /// Calls a passkey something else.
    pub async fn rename(
        &self,
        user: UserId,
        id: PasskeyId,
        name: PasskeyName,
    ) -> Result<Passkey, IdentityError> {
        let work = async move |tx: &mut Tx| store::update_name(tx, user, id, name.as_str()).await;
        let renamed: Option<Passkey> = self.machinery.db.write(work).await?;
        renamed.ok_or(IdentityError::NotFound)
    }

    /// Takes a passkey away, unless it is the last way in; its owner is told by mail.
    pub async fn delete(
        &self,
        context: &RequestContext,
        user: UserId,
        id: PasskeyId,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.delete_in(tx, &context, user, id, now).await)
            .await
    }

    /// Deletes challenges that were over before `before`, a batch at a time.
    pub(crate) async fn delete_expired(&self, before: Timestamp) -> Result<(), DbError> {
        self.machinery
            .db
            .delete_in_batches(async move |tx: &mut Tx, most| {
                store::delete_expired_challenges(tx, before, most).await
            })
            .await
    }

    async fn delete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        id: PasskeyId,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let user = self.users.lock_in(tx, user).await?;
        let user = user.ok_or(IdentityError::NotFound)?;
        let passkey = store::find(tx, user.id, id).await?;
        let passkey = passkey.ok_or(IdentityError::NotFound)?;
        if store::delete(tx, user.id, id).await? == 0 {
            return Err(IdentityError::LastSignInMethod);
        }
        self.factors.tidy_in(tx, user.id).await?;
        let change = CredentialChange::PasskeyRemoved(passkey.name);
        credential_notice::send_in(tx, &self.machinery, &user, &change, context, now).await?;
        let removed = FactorRemoved {
            user_id: user.id,
            kind: String::from("passkey"),
        };
        Ok(self.machinery.events.publish(tx, context, &removed).await?)
    }

    async fn limit(&self, context: &RequestContext, limit: &Limit) -> Result<(), IdentityError> {
        self.limit_of(&network::of(context), limit).await
    }

    async fn limit_of(&self, subject: &str, limit: &Limit) -> Result<(), IdentityError> {
        let now = self.machinery.now();
        let standing = self.machinery.limits.hit(limit, subject, now).await?;
        standing.require(now)?;
        Ok(())
    }
}

#[cfg(test)]
pub(crate) mod tests;
