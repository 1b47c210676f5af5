//! How sessions start and end. What comes between is in `refresh`, `raise` and `live`.

mod acting;
mod live;
mod raise;
mod refresh;

use std::sync::Arc;

use crypto::{AccessClaims, OpaqueToken, RefreshToken, Sealer};
use db::{DbError, ReadTx, Tx};
use kernel::event::auth::{SessionsEnded, SignedIn};
use kernel::{Actor, Page, PageRequest, PlatformRole, RequestContext, Secret, SessionId, Timestamp, UserId};
use uuid::Uuid;

pub(crate) use self::acting::{StaffSession, may_impersonate};
pub use self::live::LiveSession;
use self::live::LiveSessions;
pub use super::model::Held;
use super::model::{
    Credential, ListedSession, NewSession, OpenedSession, Origin, Proof, Session, SessionKind, TokenPair,
};
use super::store::{self, EndedSession, Secrets};
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::signing_key::service::SigningKeys;
use crate::user::model::User;
use crate::user::service::Users;

/// What a browser's session cookie starts with.
pub(crate) const COOKIE_PREFIX: &str = "ms_session";

/// Sessions. Cheap to clone.
#[derive(Clone)]
pub struct Sessions {
    machinery: Machinery,
    users: Users,
    signing_keys: SigningKeys,
    sealer: Sealer,
    live: Arc<LiveSessions>,
}

impl Sessions {
    /// Over `machinery`.
    pub fn new(machinery: Machinery, users: Users, signing_keys: SigningKeys) -> Self {
        let live = Arc::new(LiveSessions::new(machinery.remembers_for()));
        Self {
            sealer: machinery.master_key.sealer("refresh key"),
            machinery,
            users,
            signing_keys,
            live,
        }
    }

    /// The one way in which a session starts. It looks at the account again, with its row locked, so that
    /// one that is being closed at this moment gets no session; and it ends the oldest when there are too many.
    pub async fn open(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: NewSession,
        now: Timestamp,
    ) -> Result<OpenedSession, IdentityError> {
        let user = self.users.lock_in(tx, new.user_id).await?.filter(User::is_active);
        let user = user.ok_or(IdentityError::InvalidCredentials)?;
        let context = context.acting_as(Actor::User(user.id));
        let session = self.session(&user, &context, &new, now);
        let (credential, secrets) = self.secrets(&session);
        store::insert(tx, &session, secrets, None).await?;
        let surplus =
            store::update_surplus_ended(tx, user.id, self.machinery.config.max_sessions, now).await?;
        for id in surplus {
            let ended = EndedSession {
                id,
                user: user.id,
                impersonator: None,
            };
            self.tell_ended(tx, &context, &ended, "too_many_sessions").await?;
        }
        let signed_in = SignedIn {
            user_id: user.id,
            session_id: session.id,
            method: new.method.clone(),
        };
        self.machinery.events.publish(tx, &context, &signed_in).await?;
        Ok(OpenedSession {
            session,
            user,
            credential,
        })
    }

    /// What a client of the API gets for a session that has just begun. Signing takes a while, so this comes
    /// after the transaction.
    pub async fn tokens(&self, opened: &OpenedSession) -> Result<TokenPair, IdentityError> {
        match &opened.credential {
            Credential::Refresh(token) => self.pair(&opened.session, token.clone()).await,
            // A cookie is all that a browser gets.
            Credential::Cookie(_) => Err(IdentityError::InvalidToken),
        }
    }

    /// Ends one of a person's sessions.
    pub async fn end(
        &self,
        context: &RequestContext,
        user: UserId,
        session: SessionId,
        reason: &'static str,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                match this.end_in(tx, &context, user, session, reason, now).await? {
                    Ended::Now => Ok(()),
                    Ended::NotThere => Err(IdentityError::NotFound),
                }
            })
            .await
    }

    /// Ends the session of a browser that leaves, or begins another. One that is over already is no error.
    pub async fn end_by_cookie(
        &self,
        context: &RequestContext,
        cookie: &str,
        reason: &'static str,
    ) -> Result<(), IdentityError> {
        let live = match self.live_by_cookie(cookie, self.machinery.now()).await {
            Ok(live) => live,
            Err(IdentityError::InvalidToken | IdentityError::SessionRevoked) => return Ok(()),
            Err(error) => return Err(error),
        };
        let context = live.session.acting(context);
        match self.end(&context, live.user.id, live.session.id, reason).await {
            Ok(()) | Err(IdentityError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Ends all of a person's sessions but the one they ask from.
    pub async fn end_others(
        &self,
        context: &RequestContext,
        user: UserId,
        current: SessionId,
    ) -> Result<(), IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                this.end_all(tx, &context, user, Some(current), "ended_by_owner", now)
                    .await
            })
            .await
    }

    /// Ends one session of an account, by its owner or by staff.
    pub async fn end_of(
        &self,
        context: &RequestContext,
        by: &EndedBy,
        user: UserId,
        session: SessionId,
    ) -> Result<(), IdentityError> {
        let reason = self.reason(by, user).await?;
        self.end(context, user, session, reason).await
    }

    /// Ends every session of an account, by its owner or by staff.
    pub async fn end_all_of(
        &self,
        context: &RequestContext,
        by: &EndedBy,
        user: UserId,
    ) -> Result<(), IdentityError> {
        let reason = self.reason(by, user).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.end_all(tx, &context, user, None, reason, now).await)
            .await
    }

    /// Ends all of a person's sessions, but for one that goes on.
    pub async fn end_all(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        except: Option<SessionId>,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let keep = except.unwrap_or(SessionId::from_uuid(Uuid::nil()));
        self.end_acting_in(tx, context, (user, None), "staff_signed_out", now)
            .await?;
        let ended = store::update_all_ended(tx, user, keep, reason, now).await?;
        if ended.is_empty() {
            return Ok(());
        }
        for session in &ended {
            self.forget_in(tx, session.id);
            self.tell_acting_ended(tx, context, session, reason).await?;
        }
        let told = SessionsEnded {
            user_id: user,
            reason: reason.to_owned(),
        };
        self.machinery.events.publish(tx, context, &told).await?;
        Ok(())
    }

    /// The sessions of a person that hold, the newest first.
    pub async fn list(&self, user: UserId, page: PageRequest) -> Result<Page<ListedSession>, IdentityError> {
        let now = self.machinery.now();
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| Ok(store::list(tx, user, &page, now).await?))
            .await
    }

    /// Whether somebody signs in from where the person has not been seen before, though they have been seen.
    pub(crate) async fn is_new_place_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        context: &RequestContext,
    ) -> Result<bool, DbError> {
        let (all, from_here) = store::find_earlier(tx, user, &Origin::of(context)).await?;
        Ok(all > 0 && from_here == 0)
    }

    /// Deletes sessions that ended by themselves before `before`, a batch at a time.
    pub(crate) async fn delete_expired(&self, before: Timestamp) -> Result<(), DbError> {
        self.machinery
            .db
            .delete_in_batches(async move |tx: &mut Tx, most| store::delete_expired(tx, before, most).await)
            .await
    }

    pub(crate) async fn end_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
        session: SessionId,
        reason: &'static str,
        now: Timestamp,
    ) -> Result<Ended, IdentityError> {
        let ended = store::update_ended(tx, user, session, reason, now).await?;
        let Some(ended) = ended else {
            return Ok(Ended::NotThere);
        };
        self.tell_ended(tx, context, &ended, reason).await?;
        Ok(Ended::Now)
    }

    async fn reason(&self, by: &EndedBy, user: UserId) -> Result<&'static str, IdentityError> {
        match by {
            EndedBy::Owner => Ok("ended_by_owner"),
            EndedBy::Staff(role) => {
                self.users.require_rank(*role, user).await?;
                Ok("ended_by_staff")
            }
        }
    }

    fn session(&self, user: &User, context: &RequestContext, new: &NewSession, now: Timestamp) -> Session {
        let lifetimes = &self.machinery.config.lifetimes;
        let lifetime = match user.platform_role {
            Some(_) => lifetimes.staff_session,
            None => lifetimes.session,
        };
        let expires_at = now.plus(lifetime);
        Session {
            id: SessionId::new(&*self.machinery.ids, now),
            user_id: user.id,
            kind: new.kind,
            sec_epoch: user.sec_epoch,
            proof: Proof {
                aal: new.aal,
                amr: new.amr.clone(),
                auth_time: now,
                mfa_time: (new.aal > 1).then_some(now),
            },
            impersonation: None,
            origin: Origin::of(context),
            created_at: now,
            last_seen_at: now,
            idle_expires_at: self.idle_until(user, now).min(expires_at),
            expires_at,
            revoked_at: None,
        }
    }

    fn idle_until(&self, user: &User, now: Timestamp) -> Timestamp {
        let lifetimes = &self.machinery.config.lifetimes;
        now.plus(match user.platform_role {
            Some(_) => lifetimes.staff_session_idle,
            None => lifetimes.session_idle,
        })
    }

    fn secrets(&self, session: &Session) -> (Credential, Secrets) {
        let key = crypto::random::bytes::<32>();
        let sealed_refresh_key = self.sealer.seal(&*key, session.id.uuid().as_bytes());
        let (credential, token_hash) = match session.kind {
            SessionKind::Api => {
                let first = RefreshToken {
                    session: session.id,
                    counter: 0,
                };
                (Credential::Refresh(first.encode(&key)), None)
            }
            SessionKind::Browser => {
                let (cookie, hash) = OpaqueToken::generate(COOKIE_PREFIX);
                (Credential::Cookie(cookie), Some(hash))
            }
        };
        let secrets = Secrets {
            sealed_refresh_key,
            token_hash,
        };
        (credential, secrets)
    }

    async fn pair(
        &self,
        session: &Session,
        refresh_token: Secret<String>,
    ) -> Result<TokenPair, IdentityError> {
        let now = self.machinery.now();
        let config = &self.machinery.config;
        let exp = now.plus(config.lifetimes.access_token).min(session.expires_at);
        let claims = AccessClaims {
            iss: config.issuer().to_owned(),
            aud: config.issuer().to_owned(),
            sub: session.user_id,
            sid: session.id,
            jti: self.machinery.ids.uuid_v7(now).to_string(),
            iat: now,
            nbf: now,
            exp,
            auth_time: session.proof.auth_time,
            aal: session.proof.aal,
            amr: session.proof.amr.clone(),
            org: None,
            act: session.impersonation.map(|impersonation| impersonation.by),
        };
        Ok(TokenPair {
            access_token: self.signing_keys.sign(&claims).await?,
            expires_in: exp.since(now),
            refresh_token,
        })
    }
}

/// Who ends a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndedBy {
    /// The person whose it is.
    Owner,
    /// A member of the platform's staff, with this standing.
    Staff(Option<PlatformRole>),
}

/// Whether there was a session to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It held until now.
    Now,
    /// It is not this person's, or was over.
    NotThere,
}

#[cfg(test)]
mod tests;
