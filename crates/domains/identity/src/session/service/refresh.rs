//! How a session of the API goes on: every refresh token is good for one turn.

use std::time::Duration;

use crypto::RefreshToken;
use db::{ReadTx, Tx};
use guard::{Limit, RateLimited};
use kernel::event::auth::RefreshTokenReused;
use kernel::{RequestContext, SessionId, Timestamp};
use mail::{Mail, Template};
use serde_json::json;

use super::Sessions;
use crate::config::REFRESH_GRACE;
use crate::error::IdentityError;
use crate::session::model::{Held, OldToken, Origin, Session};
use crate::session::store::{self, Refreshable, Turn};
use crate::user::model::User;

const REFRESHES: Limit = Limit {
    name: "refresh",
    max: 30,
    window: Duration::from_mins(1),
};

/// What came of a turn. Refusals that leave something written are no errors, which would take it back.
enum Outcome {
    /// The session goes on, at this turn.
    At { session: Box<Session>, counter: u64 },
    /// Somebody holds a copy; the session is over.
    Reused,
    /// Too often.
    Limited(RateLimited),
}

/// A token that the session's own key has made, so it is or was its owner's.
struct Presented {
    session: SessionId,
    counter: u64,
    key: [u8; 32],
    found: Session,
    user: User,
}

impl Sessions {
    /// The next pair of tokens for a refresh token.
    ///
    /// A token that anybody could have written is refused before anything is done to the session: otherwise
    /// who knows its id could end it.
    pub async fn refresh(&self, context: &RequestContext, token: &str) -> Result<Held, IdentityError> {
        let presented = self.presented(token).await?;
        self.check_staff(presented.found.impersonation).await?;
        let Presented {
            session: id,
            counter,
            key,
            user,
            ..
        } = presented;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        let owner = user.clone();
        let outcome = self
            .machinery
            .db
            .write(async move |tx: &mut Tx| this.turn_in(tx, &context, id, counter, &owner, now).await)
            .await?;
        let (session, counter) = match outcome {
            Outcome::At { session, counter } => (session, counter),
            Outcome::Reused => return Err(IdentityError::RefreshTokenReused),
            Outcome::Limited(limited) => return Err(limited.into()),
        };
        let next = RefreshToken { session: id, counter }.encode(&key);
        let tokens = self.pair(&session, next).await?;
        Ok(Held { tokens, user })
    }

    /// The pair for a session as far as it is: what a repeated request is answered with.
    pub(crate) async fn tokens_again(&self, id: SessionId) -> Result<Held, IdentityError> {
        let found = self
            .find_refreshable(id)
            .await?
            .ok_or(IdentityError::SessionRevoked)?;
        found.session.check(&found.user, self.machinery.now())?;
        self.check_staff(found.session.impersonation).await?;
        let key = self.open_key(id, &found)?;
        let counter = found.state.counter;
        let token = RefreshToken { session: id, counter }.encode(&key);
        let tokens = self.pair(&found.session, token).await?;
        Ok(Held {
            tokens,
            user: found.user,
        })
    }

    /// Ends the session of a refresh token, be it the last one or an older one. A session that is over
    /// already is as its owner wants it.
    pub async fn sign_out(&self, context: &RequestContext, token: &str) -> Result<(), IdentityError> {
        let presented = self.presented(token).await?;
        let context = presented.found.acting(context);
        match self
            .end(&context, presented.user.id, presented.session, "logout")
            .await
        {
            Ok(()) | Err(IdentityError::NotFound) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn presented(&self, token: &str) -> Result<Presented, IdentityError> {
        let token = RefreshToken::parse(token).ok_or(IdentityError::InvalidToken)?;
        let session = token.session();
        let found = self
            .find_refreshable(session)
            .await?
            .ok_or(IdentityError::InvalidToken)?;
        let key = self.open_key(session, &found)?;
        if !token.verify(&key) {
            return Err(IdentityError::InvalidToken);
        }
        Ok(Presented {
            session,
            counter: token.counter(),
            key,
            found: found.session,
            user: found.user,
        })
    }

    async fn find_refreshable(&self, id: SessionId) -> Result<Option<Refreshable>, IdentityError> {
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| Ok(store::find_refreshable(tx, id).await?))
            .await
    }

    fn open_key(&self, id: SessionId, found: &Refreshable) -> Result<[u8; 32], IdentityError> {
        let key = self.sealer.open(&found.sealed_key, id.uuid().as_bytes());
        let key = key.and_then(|key| <[u8; 32]>::try_from(key.as_slice()).ok());
        key.ok_or(IdentityError::InvalidToken)
    }

    async fn turn_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: SessionId,
        counter: u64,
        user: &User,
        now: Timestamp,
    ) -> Result<Outcome, IdentityError> {
        let standing = self
            .machinery
            .limits
            .hit_in(tx, &REFRESHES, &id.to_string(), now)
            .await?;
        if let Err(limited) = standing.require(now) {
            return Ok(Outcome::Limited(limited));
        }
        let turn = Turn {
            session: id,
            counter: i64::try_from(counter).map_err(|_| IdentityError::InvalidToken)?,
            now,
            idle_expires_at: self.idle_until(user, now),
            origin: &Origin::of(context),
        };
        if let Some(session) = store::update_turn(tx, &turn).await? {
            self.forget_in(tx, id);
            return Ok(Outcome::At {
                session: Box::new(session),
                counter: counter.saturating_add(1),
            });
        }
        self.judge_in(tx, context, id, counter, now).await
    }

    /// The guarded statement did not find the session as the token says: why?
    async fn judge_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: SessionId,
        counter: u64,
        now: Timestamp,
    ) -> Result<Outcome, IdentityError> {
        store::lock(tx, id).await?;
        let found = store::find_refreshable(tx, id)
            .await?
            .ok_or(IdentityError::InvalidToken)?;
        found.session.check(&found.user, now)?;
        match found.state.judge(counter, now, REFRESH_GRACE) {
            OldToken::Grace => Ok(Outcome::At {
                session: Box::new(found.session),
                counter: found.state.counter,
            }),
            OldToken::Unknown => Err(IdentityError::InvalidToken),
            OldToken::Reused => {
                self.end_reused_in(tx, context, &found, now).await?;
                Ok(Outcome::Reused)
            }
        }
    }

    async fn end_reused_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        found: &Refreshable,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let (session, user) = (&found.session, &found.user);
        store::update_ended(tx, user.id, session.id, "refresh_reuse", now).await?;
        self.forget_in(tx, session.id);
        let reused = RefreshTokenReused {
            user_id: user.id,
            session_id: session.id,
        };
        self.machinery.events.publish(tx, context, &reused).await?;
        let mail = Mail {
            to: &user.email,
            template: Template::SessionRevokedReuse,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({ "when": now }),
        };
        self.machinery.mailer.send(tx, mail).await?;
        Ok(())
    }
}
