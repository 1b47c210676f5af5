//! Ways to providers and accounts there, in the database.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::id::SocialAccountId;
use kernel::{Page, PageRequest, Position, SessionId, Timestamp, UserId};

use super::model::{Expected, Flow, Intent, Linker, SocialAccount};
use crate::session::model::SessionKind;

impl FromRow for Flow {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            provider: row.column()?,
            issuer: row.column()?,
            sealed_secrets: row.column()?,
            redirect_uri: row.column()?,
            kind: row.parsed()?,
            intent: intent(row.column()?, row.column()?),
            return_to: row.column()?,
        })
    }
}

/// Only a way to link an account has a person and a session.
fn intent(user: Option<UserId>, session: Option<SessionId>) -> Intent {
    match (user, session) {
        (Some(user), Some(session)) => Intent::Link(Linker { user, session }),
        _ => Intent::SignIn,
    }
}

impl FromRow for SocialAccount {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            user_id: row.column()?,
            provider: row.column()?,
            issuer: row.column()?,
            subject: row.column()?,
            email: row.column()?,
            created_at: row.column()?,
            last_used_at: row.column()?,
        })
    }
}

/// The two hashes that a way is found by, and until when.
pub(crate) struct Marks {
    pub(crate) state_hash: [u8; 32],
    pub(crate) browser_hash: [u8; 32],
    pub(crate) created_at: Timestamp,
    pub(crate) expires_at: Timestamp,
}

pub(crate) async fn insert_flow(tx: &mut Tx, flow: &Flow, marks: &Marks) -> Result<(), DbError> {
    let linker = flow.intent.linker();
    tx.execute(
        "INSERT INTO oauth_flows
            (id, state_hash, browser_hash, provider_id, issuer, sealed_secrets, redirect_uri, intent, kind, user_id,
             session_id, return_to, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            flow.id,
            marks.state_hash,
            marks.browser_hash,
            &flow.provider,
            &flow.issuer,
            flow.sealed_secrets.clone(),
            &flow.redirect_uri,
            flow.intent.as_str(),
            flow.kind.as_str(),
            linker.map(|linker| linker.user),
            linker.map(|linker| linker.session),
            &flow.return_to,
            marks.created_at,
            marks.expires_at,
        ],
    )
    .await
    .map(drop)
}

/// What a way is claimed with.
#[derive(Clone)]
pub(crate) struct Claim {
    pub(crate) state_hash: [u8; 32],
    pub(crate) browser_hash: [u8; 32],
    pub(crate) provider: String,
    pub(crate) kind: SessionKind,
    pub(crate) expected: Expected,
}

/// The one statement that uses a way up: of any number of callbacks one finds it, and only where it was begun.
pub(crate) async fn update_flow_consumed(
    tx: &mut Tx,
    claim: &Claim,
    now: Timestamp,
) -> Result<Option<Flow>, DbError> {
    let takes = if claim.expected.takes_sign_in() {
        "sign_in"
    } else {
        ""
    };
    tx.fetch_optional(
        "UPDATE oauth_flows SET consumed_at = $6
         WHERE state_hash = $1 AND browser_hash = $2 AND provider_id = $3 AND kind = $4
           AND consumed_at IS NULL AND expires_at > $6
           AND (intent = $7 OR session_id = $5{uuid})
         RETURNING id, provider_id, issuer, sealed_secrets, redirect_uri, kind, user_id, session_id, return_to",
        args![
            claim.state_hash,
            claim.browser_hash,
            &claim.provider,
            claim.kind.as_str(),
            claim.expected.session(),
            now,
            takes,
        ],
    )
    .await
}

/// Takes note of an ID token that an app handed in; 0 when it was handed in before.
pub(crate) async fn insert_spent(tx: &mut Tx, flow: &Flow, marks: &Marks) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO oauth_flows
            (id, state_hash, browser_hash, provider_id, issuer, sealed_secrets, redirect_uri, intent, kind,
             created_at, expires_at, consumed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'sign_in', $8, $9, $10, $9)
         ON CONFLICT (state_hash) DO NOTHING",
        args![
            flow.id,
            marks.state_hash,
            marks.browser_hash,
            &flow.provider,
            &flow.issuer,
            flow.sealed_secrets.clone(),
            &flow.redirect_uri,
            flow.kind.as_str(),
            marks.created_at,
            marks.expires_at,
        ],
    )
    .await
}

/// Deletes some of the ways that ended before `before`.
pub(crate) async fn delete_expired_flows(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM oauth_flows WHERE id IN
            (SELECT id FROM oauth_flows WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}

/// The account of a person at a provider, which are three names: no issuer speaks for another's accounts.
pub(crate) async fn find_by_subject(
    db: &mut impl Executor,
    provider: &str,
    issuer: &str,
    subject: &str,
) -> Result<Option<SocialAccount>, DbError> {
    db.fetch_optional(
        "SELECT id, user_id, provider_id, issuer, subject, email, created_at, last_used_at
         FROM social_accounts WHERE provider_id = $1 AND issuer = $2 AND subject = $3",
        args![provider, issuer, subject],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    user: UserId,
    id: SocialAccountId,
) -> Result<Option<SocialAccount>, DbError> {
    db.fetch_optional(
        "SELECT id, user_id, provider_id, issuer, subject, email, created_at, last_used_at
         FROM social_accounts WHERE id = $2 AND user_id = $1",
        args![user, id],
    )
    .await
}

/// The accounts that a person signs in with, the newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    user: UserId,
    page: &PageRequest,
) -> Result<Page<SocialAccount>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter = Filter::new(args![user]).and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<SocialAccount>(
            "SELECT id, user_id, provider_id, issuer, subject, email, created_at, last_used_at
             FROM social_accounts WHERE user_id = $1",
            filter,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |account| Position {
        key: account.created_at.to_micros_text(),
        id: account.id.uuid(),
    }))
}

/// 0 when the account is linked already, be it to the same person or to another.
pub(crate) async fn insert(tx: &mut Tx, account: &SocialAccount) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO social_accounts
            (id, user_id, provider_id, issuer, subject, email, created_at, last_used_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (provider_id, issuer, subject) DO NOTHING",
        args![
            account.id,
            account.user_id,
            &account.provider,
            &account.issuer,
            &account.subject,
            account.email.as_ref(),
            account.created_at,
            account.last_used_at,
        ],
    )
    .await
}

/// 0 when it was unlinked meanwhile.
pub(crate) async fn update_used(tx: &mut Tx, account: &SocialAccount) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE social_accounts SET email = $3, last_used_at = $4 WHERE id = $1 AND user_id = $2",
        args![
            account.id,
            account.user_id,
            account.email.as_ref(),
            account.last_used_at
        ],
    )
    .await
}

/// The one statement that unlinks an account: it does not find the last way to sign in. Mail is none: it is
/// how people get back in who have lost theirs. The caller locked the account of the person, as whatever
/// takes another way away does.
pub(crate) async fn delete(tx: &mut Tx, user: UserId, id: SocialAccountId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM social_accounts
         WHERE id = $2 AND user_id = $1
           AND (EXISTS (SELECT 1 FROM password_credentials p WHERE p.user_id = $1)
             OR EXISTS (SELECT 1 FROM webauthn_credentials w WHERE w.user_id = $1)
             OR EXISTS (SELECT 1 FROM social_accounts o WHERE o.user_id = $1 AND o.id <> $2))",
        args![user, id],
    )
    .await
}
