//! From a factor to a session.

use crypto::OpaqueToken;
use db::{DbError, Executor, Tx};
use kernel::{RequestContext, Secret, Timestamp};

use super::model::{Entered, Entry, FirstFactor, Pending, SecondFactor, TICKET_LIFETIME, Ticket};
use super::store;
use crate::error::IdentityError;
use crate::factor::service::Factors;
use crate::machinery::Machinery;
use crate::session::model::{NewSession, OpenedSession};
use crate::session::service::{Held, Sessions};
use crate::user::model::User;
use crate::user::service::Users;

/// What a ticket starts with.
const TICKET_PREFIX: &str = "ms_mfa";

/// The one door behind every first factor. Cheap to clone.
#[derive(Clone)]
pub struct Entrances {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    factors: Factors,
}

impl Entrances {
    /// Over `machinery`.
    pub const fn new(machinery: Machinery, users: Users, sessions: Sessions, factors: Factors) -> Self {
        Self {
            machinery,
            users,
            sessions,
            factors,
        }
    }

    /// Lets a person in who has shown a first factor, or asks for the second. The account is looked at with
    /// its row locked, so that a factor that is being added at this moment counts.
    pub async fn enter(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        first: FirstFactor,
        now: Timestamp,
    ) -> Result<Entered, IdentityError> {
        let user = self.users.lock_in(tx, first.user_id).await?;
        let user = user
            .filter(User::is_active)
            .ok_or(IdentityError::InvalidCredentials)?;
        let held = self.factors.held_in(tx, user.id).await?;
        if !held.is_second_due() {
            return self.begin(tx, context, first, now).await.map(Entered::In);
        }
        let pending = Pending {
            id: self.machinery.ids.uuid_v7(now),
            user_id: user.id,
            sec_epoch: user.sec_epoch,
            kind: first.kind,
            method: first.method.to_owned(),
            amr: first.amr,
        };
        let (token, hash) = OpaqueToken::generate(TICKET_PREFIX);
        store::insert(tx, &pending, hash, now, now.plus(TICKET_LIFETIME)).await?;
        Ok(Entered::SecondFactor(Ticket {
            token,
            factors: held.kinds(),
        }))
    }

    /// Lets in whoever has just made their account, or begun it anew: it has no second factor to be shown.
    pub(crate) async fn begin(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        first: FirstFactor,
        now: Timestamp,
    ) -> Result<OpenedSession, IdentityError> {
        let new = NewSession {
            user_id: first.user_id,
            kind: first.kind,
            method: first.method.to_owned(),
            amr: first.amr,
            aal: 1,
        };
        self.sessions.open(tx, context, new, now).await
    }

    /// What a client of the API holds by an entrance, be it the first time that it is answered or again.
    pub(crate) async fn again(&self, entry: Entry) -> Result<Entered<Held>, IdentityError> {
        match entry {
            Entry::Session(session) => self.sessions.tokens_again(session).await.map(Entered::In),
            Entry::Ticket { token, factors } => Ok(Entered::SecondFactor(Ticket {
                token: Secret::new(token),
                factors,
            })),
        }
    }

    /// Counts a try with a ticket, which must be kept whatever comes of it; `None` for a ticket that is
    /// unknown, used, over or tried too often.
    pub async fn attempt_in(
        &self,
        tx: &mut Tx,
        ticket: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<Pending>, DbError> {
        match OpaqueToken::parse(TICKET_PREFIX, ticket.expose()) {
            Some(hash) => store::update_attempt(tx, hash, now).await,
            None => Ok(None),
        }
    }

    /// Whose ticket it is, with nothing counted.
    pub async fn pending_in(
        &self,
        tx: &mut impl Executor,
        ticket: &Secret<String>,
        now: Timestamp,
    ) -> Result<Option<Pending>, DbError> {
        match OpaqueToken::parse(TICKET_PREFIX, ticket.expose()) {
            Some(hash) => store::find(tx, hash, now).await,
            None => Ok(None),
        }
    }

    /// Lets a person in whose second factor was right. `None` when the ticket was used meanwhile, or the
    /// account has begun another epoch since the first step.
    pub async fn complete_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        pending: &Pending,
        second: SecondFactor,
        now: Timestamp,
    ) -> Result<Option<OpenedSession>, IdentityError> {
        let user = self.users.lock_in(tx, pending.user_id).await?;
        let holds = user.is_some_and(|user| user.is_active() && user.sec_epoch == pending.sec_epoch);
        if !holds || store::update_consumed(tx, pending.id, now).await? == 0 {
            return Ok(None);
        }
        let mut amr = pending.amr.clone();
        amr.extend([second.amr.to_owned(), String::from("mfa")]);
        amr.dedup();
        let new = NewSession {
            user_id: pending.user_id,
            kind: pending.kind,
            method: pending.method.clone(),
            amr,
            aal: 2,
        };
        self.sessions.open(tx, context, new, now).await.map(Some)
    }

    /// Deletes tickets that were over before `before`, a batch at a time.
    pub(crate) async fn delete_expired(&self, before: Timestamp) -> Result<(), DbError> {
        self.machinery
            .db
            .delete_in_batches(async move |tx: &mut Tx, most| store::delete_expired(tx, before, most).await)
            .await
    }
}
