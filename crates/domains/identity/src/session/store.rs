//! Sessions in the database.

mod holding;
mod proof;

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Page, PageRequest, Position, SessionId, Timestamp, UserId};

pub(crate) use self::holding::{HoldingSession, list_holding};
pub(crate) use self::proof::update_proof;
use super::model::{Impersonation, ListedSession, Origin, Proof, RefreshState, Session};
use crate::user::model::User;

impl FromRow for Session {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user_id: row.column()?,
            kind: row.parsed()?,
            sec_epoch: row.column()?,
            proof: Proof {
                aal: u8::try_from(row.column::<i64>()?).map_err(DbError::internal)?,
                amr: row.json()?,
                auth_time: row.column()?,
                mfa_time: row.column()?,
            },
            impersonation: impersonation(row)?,
            origin: Origin {
                ip: row.column()?,
                user_agent: row.column()?,
            },
            created_at: row.column()?,
            last_seen_at: row.column()?,
            idle_expires_at: row.column()?,
            expires_at: row.column()?,
            revoked_at: row.column()?,
        })
    }
}

fn impersonation(row: &mut Row<'_>) -> Result<Option<Impersonation>, DbError> {
    let by: Option<UserId> = row.column()?;
    let is_read_only = row.column::<i64>()? != 0;
    Ok(by.map(|by| Impersonation { by, is_read_only }))
}

impl FromRow for ListedSession {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            session: Session::from_row(row)?,
            impersonation_reason: row.column()?,
        })
    }
}

/// A session that was ended, and whose it was.
pub(crate) struct EndedSession {
    pub(crate) id: SessionId,
    pub(crate) user: UserId,
    pub(crate) impersonator: Option<UserId>,
}

impl FromRow for EndedSession {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user: row.column()?,
            impersonator: row.column()?,
        })
    }
}

/// A session and its owner.
pub(crate) struct SessionOfUser {
    pub(crate) session: Session,
    pub(crate) user: User,
}

impl FromRow for SessionOfUser {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            session: Session::from_row(row)?,
            user: User::from_row(row)?,
        })
    }
}

/// A session with its owner and what its refresh tokens are made with.
pub(crate) struct Refreshable {
    pub(crate) sealed_key: Vec<u8>,
    pub(crate) state: RefreshState,
    pub(crate) session: Session,
    pub(crate) user: User,
}

impl FromRow for Refreshable {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            sealed_key: row.column()?,
            state: RefreshState {
                counter: u64::try_from(row.column::<i64>()?).map_err(DbError::internal)?,
                refreshed_at: row.column()?,
            },
            session: Session::from_row(row)?,
            user: User::from_row(row)?,
        })
    }
}

/// What the owner of a session shows, as the database keeps it.
pub(crate) struct Secrets {
    pub(crate) sealed_refresh_key: Vec<u8>,
    pub(crate) token_hash: Option<[u8; 32]>,
}

/// `reason` is why staff act as the owner, when they do.
pub(crate) async fn insert(
    tx: &mut Tx,
    session: &Session,
    secrets: Secrets,
    reason: Option<&str>,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sessions
            (id, user_id, kind, refresh_key, refresh_counter, refreshed_at, token_hash, sec_epoch, aal, amr,
             auth_time, ip, user_agent, created_at, last_seen_at, idle_expires_at, expires_at, mfa_time,
             impersonator_id, is_read_only, impersonation_reason)
         VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10, $11, $12, $5, $5, $13, $14, $15, $16, $17, $18)",
        args![
            session.id,
            session.user_id,
            session.kind.as_str(),
            secrets.sealed_refresh_key,
            session.created_at,
            secrets.token_hash,
            session.sec_epoch,
            session.proof.aal,
            serde_json::Value::from(session.proof.amr.clone()),
            session.proof.auth_time,
            &session.origin.ip,
            &session.origin.user_agent,
            session.idle_expires_at,
            session.expires_at,
            session.proof.mfa_time,
            session.impersonation.map(|impersonation| impersonation.by),
            i64::from(
                session
                    .impersonation
                    .is_some_and(|impersonation| impersonation.is_read_only)
            ),
            reason,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find_with_user(
    db: &mut impl Executor,
    id: SessionId,
) -> Result<Option<SessionOfUser>, DbError> {
    db.fetch_optional(
        "SELECT s.id, s.user_id, s.kind, s.sec_epoch, s.aal, s.amr, s.auth_time, s.mfa_time, s.impersonator_id, s.is_read_only, s.ip, s.user_agent, s.created_at,
                s.last_seen_at, s.idle_expires_at, s.expires_at, s.revoked_at,
                u.id, u.email, u.email_verified_at, u.name, u.locale, u.status, u.platform_role, u.sec_epoch,
                u.version, u.created_at, u.updated_at
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = $1",
        args![id],
    )
    .await
}

pub(crate) async fn find_by_token_hash(
    db: &mut impl Executor,
    token_hash: [u8; 32],
) -> Result<Option<SessionId>, DbError> {
    db.fetch_optional("SELECT id FROM sessions WHERE token_hash = $1", args![token_hash])
        .await
}

pub(crate) async fn find_refreshable(
    db: &mut impl Executor,
    id: SessionId,
) -> Result<Option<Refreshable>, DbError> {
    db.fetch_optional(
        "SELECT s.refresh_key, s.refresh_counter, s.refreshed_at,
                s.id, s.user_id, s.kind, s.sec_epoch, s.aal, s.amr, s.auth_time, s.mfa_time, s.impersonator_id, s.is_read_only, s.ip, s.user_agent, s.created_at,
                s.last_seen_at, s.idle_expires_at, s.expires_at, s.revoked_at,
                u.id, u.email, u.email_verified_at, u.name, u.locale, u.status, u.platform_role, u.sec_epoch,
                u.version, u.created_at, u.updated_at
         FROM sessions s JOIN users u ON u.id = s.user_id
         WHERE s.id = $1",
        args![id],
    )
    .await
}

/// How far the session is, with its row locked, so that nobody refreshes or ends it meanwhile.
pub(crate) async fn lock(tx: &mut Tx, id: SessionId) -> Result<u64, DbError> {
    tx.fetch_all::<SessionId>("SELECT id FROM sessions WHERE id = $1 {for_update}", args![id])
        .await
        .map(|rows| rows.len().try_into().unwrap_or_default())
}

/// A turn of a session's refresh tokens.
pub(crate) struct Turn<'a> {
    pub(crate) session: SessionId,
    pub(crate) counter: i64,
    pub(crate) now: Timestamp,
    pub(crate) idle_expires_at: Timestamp,
    pub(crate) origin: &'a Origin,
}

/// The one statement that turns a session's refresh token: of any number that try at once with the same
/// token, one finds the row as it is asked for. Whatever ended the session or its owner's account is seen
/// here, in the same look.
pub(crate) async fn update_turn(tx: &mut Tx, turn: &Turn<'_>) -> Result<Option<Session>, DbError> {
    tx.fetch_optional(
        "UPDATE sessions
         SET refresh_counter = refresh_counter + 1, refreshed_at = $3, last_seen_at = $3,
             idle_expires_at = CASE WHEN expires_at < $4 THEN expires_at ELSE $4 END,
             ip = $5, user_agent = $6
         WHERE id = $1 AND refresh_counter = $2 AND kind = 'api' AND revoked_at IS NULL
           AND expires_at > $3 AND idle_expires_at > $3
           AND EXISTS (SELECT 1 FROM users u
                       WHERE u.id = sessions.user_id AND u.status = 'active' AND u.sec_epoch = sessions.sec_epoch)
         RETURNING id, user_id, kind, sec_epoch, aal, amr, auth_time, mfa_time, impersonator_id, is_read_only, ip, user_agent,
                   created_at, last_seen_at,
                   idle_expires_at, expires_at, revoked_at",
        args![
            turn.session,
            turn.counter,
            turn.now,
            turn.idle_expires_at,
            &turn.origin.ip,
            &turn.origin.user_agent,
        ],
    )
    .await
}

pub(crate) async fn update_seen(
    tx: &mut Tx,
    id: SessionId,
    now: Timestamp,
    idle_expires_at: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE sessions
         SET last_seen_at = $2, idle_expires_at = CASE WHEN expires_at < $3 THEN expires_at ELSE $3 END
         WHERE id = $1 AND revoked_at IS NULL AND last_seen_at < $2",
        args![id, now, idle_expires_at],
    )
    .await
}

/// The sessions of a person that hold, the newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    user: UserId,
    page: &PageRequest,
    now: Timestamp,
) -> Result<Page<ListedSession>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter =
        Filter::new(args![user, now]).and_args("(s.created_at, s.id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<ListedSession>(
            "SELECT s.id, s.user_id, s.kind, s.sec_epoch, s.aal, s.amr, s.auth_time, s.mfa_time, s.impersonator_id, s.is_read_only, s.ip, s.user_agent,
                    s.created_at, s.last_seen_at, s.idle_expires_at, s.expires_at, s.revoked_at, s.impersonation_reason
             FROM sessions s JOIN users u ON u.id = s.user_id AND u.sec_epoch = s.sec_epoch
             WHERE s.user_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2",
            filter,
            "ORDER BY s.created_at DESC, s.id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |listed| Position {
        key: listed.session.created_at.to_micros_text(),
        id: listed.session.id.uuid(),
    }))
}

/// None when it is not this person's, or over already.
pub(crate) async fn update_ended(
    tx: &mut Tx,
    user: UserId,
    id: SessionId,
    reason: &str,
    now: Timestamp,
) -> Result<Option<EndedSession>, DbError> {
    tx.fetch_optional(
        "UPDATE sessions SET revoked_at = $4, revoke_reason = $3
         WHERE id = $2 AND user_id = $1 AND revoked_at IS NULL AND expires_at > $4 AND idle_expires_at > $4
         RETURNING id, user_id, impersonator_id",
        args![user, id, reason, now],
    )
    .await
}

/// Ends all of a person's sessions but one; with none to keep, `keep` is the nil id.
pub(crate) async fn update_all_ended(
    tx: &mut Tx,
    user: UserId,
    keep: SessionId,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<EndedSession>, DbError> {
    tx.fetch_all(
        "UPDATE sessions SET revoked_at = $4, revoke_reason = $3
         WHERE user_id = $1 AND id <> $2 AND revoked_at IS NULL
         RETURNING id, user_id, impersonator_id",
        args![user, keep, reason, now],
    )
    .await
}

/// Ends the sessions in which a member of the staff acts as somebody; with nobody named, as anybody.
pub(crate) async fn update_acting_ended(
    tx: &mut Tx,
    staff: UserId,
    user: Option<UserId>,
    reason: &str,
    now: Timestamp,
) -> Result<Vec<EndedSession>, DbError> {
    tx.fetch_all(
        "UPDATE sessions SET revoked_at = $4, revoke_reason = $3
         WHERE impersonator_id = $1 AND ($2{uuid} IS NULL OR user_id = $2{uuid})
           AND revoked_at IS NULL AND expires_at > $4
         RETURNING id, user_id, impersonator_id",
        args![staff, user, reason, now],
    )
    .await
}

/// Ends what goes beyond `most` sessions of a person's own, the oldest first.
pub(crate) async fn update_surplus_ended(
    tx: &mut Tx,
    user: UserId,
    most: u32,
    now: Timestamp,
) -> Result<Vec<SessionId>, DbError> {
    tx.fetch_all(
        "UPDATE sessions SET revoked_at = $3, revoke_reason = 'too_many_sessions'
         WHERE id IN (SELECT id FROM sessions
                      WHERE user_id = $1 AND impersonator_id IS NULL
                        AND revoked_at IS NULL AND expires_at > $3 AND idle_expires_at > $3
                      ORDER BY created_at DESC, id DESC LIMIT 1000 OFFSET $2)
         RETURNING id",
        args![user, most, now],
    )
    .await
}

/// Whether the person signed in before, and whether from there.
pub(crate) async fn find_earlier(
    db: &mut impl Executor,
    user: UserId,
    origin: &Origin,
) -> Result<(i64, i64), DbError> {
    db.fetch_one(
        "SELECT count(*), count(CASE WHEN ip IS NOT DISTINCT FROM $2{text} AND user_agent IS NOT DISTINCT FROM $3{text}
                                    THEN 1 END)
         FROM (SELECT ip, user_agent FROM sessions WHERE user_id = $1 AND impersonator_id IS NULL
               ORDER BY created_at DESC, id DESC LIMIT 200) recent",
        args![user, &origin.ip, &origin.user_agent],
    )
    .await
}

/// Deletes some of the sessions that ended before `before` by themselves.
pub(crate) async fn delete_expired(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM sessions WHERE id IN
            (SELECT id FROM sessions WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}
