//! Sessions in use: looked up for every request, so they are remembered.

use std::sync::Arc;
use std::time::Duration;

use crypto::OpaqueToken;
use db::{DbError, ReadTx, Tx};
use kernel::{SessionId, Timestamp};
use moka::sync::Cache;

use super::{COOKIE_PREFIX, Sessions};
use crate::error::IdentityError;
use crate::remembered::Remembered;
use crate::session::model::{Session, SessionKind};
use crate::session::store;
use crate::user::model::User;

/// How exactly it is written down when a browser was last seen. Its session may end by this much early.
const SEEN_EVERY: Duration = Duration::from_mins(1);

/// A session that holds, and its owner.
#[derive(Debug, Clone)]
pub struct LiveSession {
    /// The session.
    pub session: Arc<Session>,
    /// Its owner.
    pub user: Arc<User>,
}

/// Owner: [`Sessions`]. `sessions` is kept by id and forgotten by every method that changes the row;
/// `cookies`, by the hash of a cookie, is never wrong, since a session has one cookie for all its life.
pub(super) struct LiveSessions {
    sessions: Remembered<SessionId, Session>,
    cookies: Cache<[u8; 32], SessionId>,
}

impl LiveSessions {
    pub(super) fn new(lifetime: Duration) -> Self {
        Self {
            sessions: Remembered::new(100_000, lifetime),
            cookies: Cache::builder()
                .max_capacity(100_000)
                .time_to_idle(Duration::from_mins(10))
                .build(),
        }
    }
}

impl Sessions {
    /// The session with its owner, when it holds.
    pub async fn live(&self, id: SessionId, now: Timestamp) -> Result<LiveSession, IdentityError> {
        let found = match self.live.sessions.get(&id) {
            Some(session) => {
                let user = self.users.remembered(session.user_id).await?;
                user.map(|user| LiveSession { session, user })
            }
            None => self.look_up(id).await?,
        };
        let live = found.ok_or(IdentityError::SessionRevoked)?;
        live.session.check(&live.user, now)?;
        self.check_staff(live.session.impersonation).await?;
        Ok(live)
    }

    /// The session of a browser's cookie, when it holds. That it is used is written down now and then.
    pub async fn live_by_cookie(&self, cookie: &str, now: Timestamp) -> Result<LiveSession, IdentityError> {
        let hash = OpaqueToken::parse(COOKIE_PREFIX, cookie).ok_or(IdentityError::InvalidToken)?;
        let id = match self.live.cookies.get(&hash) {
            Some(id) => id,
            None => self
                .look_up_cookie(hash)
                .await?
                .ok_or(IdentityError::InvalidToken)?,
        };
        let live = self.live(id, now).await?;
        if live.session.kind == SessionKind::Browser && now.since(live.session.last_seen_at) >= SEEN_EVERY {
            self.note_seen(&live, now).await?;
        }
        Ok(live)
    }

    /// Those of these sessions that hold, with the level that each was raised to: for what goes on for longer than
    /// a request. It is read in one statement and not remembered.
    pub async fn holding(
        &self,
        sessions: Vec<SessionId>,
        now: Timestamp,
    ) -> Result<Vec<(SessionId, u8)>, IdentityError> {
        let work = async move |tx: &mut ReadTx| store::list_holding(tx, &sessions, now).await;
        let found: Vec<store::HoldingSession> = self.machinery.db.read(work).await?;
        let mut holding = Vec::with_capacity(found.len());
        for session in found {
            let is_held = match session.impersonator {
                Some(_) => self.live(session.id, now).await.is_ok(),
                None => true,
            };
            if is_held {
                holding.push((session.id, session.aal));
            }
        }
        Ok(holding)
    }

    /// Whether the session holds, as the transaction sees it.
    pub(crate) async fn holds_in(&self, tx: &mut Tx, id: SessionId, now: Timestamp) -> Result<bool, DbError> {
        let found = store::find_with_user(tx, id).await?;
        Ok(found.is_some_and(|found| found.session.check(&found.user, now).is_ok()))
    }

    /// To be called by whatever changes a session, so that nobody is let in by how it was.
    pub(super) fn forget_in(&self, tx: &mut Tx, id: SessionId) {
        let live = Arc::clone(&self.live);
        tx.after_commit(move || live.sessions.forget(&id));
    }

    async fn look_up(&self, id: SessionId) -> Result<Option<LiveSession>, DbError> {
        let seen = (self.live.sessions.seen(), self.users.seen());
        let found = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find_with_user(tx, id).await)
            .await?;
        Ok(found.map(|found| {
            let session = Arc::new(found.session);
            self.live.sessions.keep(seen.0, &id, Arc::clone(&session));
            let user = self.users.keep(seen.1, found.user);
            LiveSession { session, user }
        }))
    }

    async fn look_up_cookie(&self, hash: [u8; 32]) -> Result<Option<SessionId>, DbError> {
        let id = self
            .machinery
            .db
            .read(async move |tx: &mut ReadTx| store::find_by_token_hash(tx, hash).await)
            .await?;
        if let Some(id) = id {
            self.live.cookies.insert(hash, id);
        }
        Ok(id)
    }

    async fn note_seen(&self, live: &LiveSession, now: Timestamp) -> Result<(), DbError> {
        let (this, id) = (self.clone(), live.session.id);
        let idle_expires_at = self.idle_until(&live.user, now);
        self.machinery
            .db
            .write_soft(async move |tx: &mut Tx| {
                store::update_seen(tx, id, now, idle_expires_at).await?;
                this.forget_in(tx, id);
                Ok(())
            })
            .await
    }
}
