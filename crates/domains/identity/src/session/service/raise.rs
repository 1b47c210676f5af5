//! How a session goes on under another secret, when its owner has shown once more who they are.

use db::Tx;
use kernel::event::auth::SteppedUp;
use kernel::{Actor, RequestContext, Secret, SessionId, Timestamp};

use super::Sessions;
use crate::error::IdentityError;
use crate::session::model::{Credential, Origin, Proof, Renewal, Renewed, Session, SessionKind, Shown};
use crate::session::store;
use crate::user::model::User;

impl Sessions {
    /// Raises a session by what its owner has shown. It goes on under another secret, so that who had a copy of
    /// the old one is not raised with it: tokens of the next turn, or for a browser a session in its place. The
    /// caller locked the account's row.
    pub async fn raise_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: SessionId,
        shown: Shown,
        now: Timestamp,
    ) -> Result<Renewal, IdentityError> {
        let (session, user) = self.lock_own(tx, id, now).await?;
        let proof = session.proof.with(shown, now);
        let context = context.acting_as(Actor::User(user.id));
        let renewal = self.renew_in(tx, &context, &session, &user, proof, now).await?;
        let stepped_up = SteppedUp {
            user_id: user.id,
            session_id: renewal.session,
            method: shown.method().to_owned(),
        };
        self.machinery.events.publish(tx, &context, &stepped_up).await?;
        Ok(renewal)
    }

    /// Puts another session in the place of a browser's, because its owner has given their password. Of whoever
    /// has a second factor that proves no more than before.
    pub async fn succeed_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: SessionId,
        now: Timestamp,
    ) -> Result<Renewal, IdentityError> {
        let (session, user) = self.lock_own(tx, id, now).await?;
        let proof = match session.proof.aal {
            0 | 1 => session.proof.with(Shown::Password, now),
            _ => session.proof.clone(),
        };
        self.renew_in(tx, context, &session, &user, proof, now).await
    }

    /// What the owner of a renewed session holds from now on, be it the first time that it is answered or again.
    pub async fn renewed(&self, renewal: Renewal) -> Result<Renewed, IdentityError> {
        match renewal.cookie {
            None => self.tokens_again(renewal.session).await.map(Renewed::Tokens),
            Some(cookie) => Ok(Renewed::Cookie {
                value: Secret::new(cookie),
                max_age: renewal.expires_at.since(self.machinery.now()),
            }),
        }
    }

    /// Staff who act as somebody can't show that they are that person.
    async fn lock_own(
        &self,
        tx: &mut Tx,
        id: SessionId,
        now: Timestamp,
    ) -> Result<(Session, User), IdentityError> {
        store::lock(tx, id).await?;
        let found = store::find_with_user(tx, id).await?;
        let found = found.ok_or(IdentityError::SessionRevoked)?;
        found.session.check(&found.user, now)?;
        if found.session.impersonation.is_some() {
            return Err(IdentityError::StepUpRequired);
        }
        Ok((found.session, found.user))
    }

    async fn renew_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        old: &Session,
        user: &User,
        proof: Proof,
        now: Timestamp,
    ) -> Result<Renewal, IdentityError> {
        let expires_at = old.expires_at;
        if old.kind == SessionKind::Api {
            store::update_proof(tx, old.id, &proof, now).await?;
            self.forget_in(tx, old.id);
            return Ok(Renewal {
                session: old.id,
                cookie: None,
                expires_at,
            });
        }
        let new = Session {
            id: SessionId::new(&*self.machinery.ids, now),
            proof,
            origin: Origin::of(context),
            created_at: now,
            last_seen_at: now,
            idle_expires_at: self.idle_until(user, now).min(expires_at),
            ..old.clone()
        };
        let (credential, secrets) = self.secrets(&new);
        store::insert(tx, &new, secrets, None).await?;
        self.end_in(tx, context, user.id, old.id, "renewed", now).await?;
        let (Credential::Cookie(cookie) | Credential::Refresh(cookie)) = credential;
        Ok(Renewal {
            session: new.id,
            cookie: Some(cookie.expose().clone()),
            expires_at,
        })
    }
}
