//! The tables `admissions` and `spent_challenges`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{AdmissionId, EmailAddress, Page, PageRequest, Position, Timestamp};

use super::model::{Admission, Work};

impl FromRow for Admission {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            email: row.column()?,
            created_by: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    email: Option<&EmailAddress>,
    page: &PageRequest,
) -> Result<Page<Admission>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter = Filter::new(args![])
        .and_some("email_norm = $?", email.map(EmailAddress::normalized))
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<Admission>(
            "SELECT id, email, created_by, created_at FROM admissions WHERE TRUE",
            filter,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |admission| Position {
        key: admission.created_at.to_micros_text(),
        id: admission.id.uuid(),
    }))
}

pub(crate) async fn find_by_email(
    db: &mut impl Executor,
    email: &EmailAddress,
) -> Result<Option<Admission>, DbError> {
    db.fetch_optional(
        "SELECT id, email, created_by, created_at FROM admissions WHERE email_norm = $1",
        args![email.normalized()],
    )
    .await
}

/// 0 when the address is admitted already.
pub(crate) async fn insert(tx: &mut Tx, admission: &Admission) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO admissions (id, email, email_norm, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (email_norm) DO NOTHING",
        args![
            admission.id,
            admission.email.as_str(),
            admission.email.normalized(),
            admission.created_by,
            admission.created_at,
        ],
    )
    .await
}

/// The address that is admitted no more.
pub(crate) async fn delete(tx: &mut Tx, id: AdmissionId) -> Result<Option<EmailAddress>, DbError> {
    tx.fetch_optional("DELETE FROM admissions WHERE id = $1 RETURNING email", args![id])
        .await
}

/// The one statement that spends a challenge; 0 when it was spent before.
pub(crate) async fn insert_spent(tx: &mut Tx, work: &Work) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO spent_challenges (challenge_hash, expires_at) VALUES ($1, $2)
         ON CONFLICT (challenge_hash) DO NOTHING",
        args![work.challenge_hash, work.expires_at],
    )
    .await
}

/// Deletes some of the challenges that ended before `before`.
pub(crate) async fn delete_spent(tx: &mut Tx, before: Timestamp, most: u32) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM spent_challenges WHERE challenge_hash IN
            (SELECT challenge_hash FROM spent_challenges WHERE expires_at < $1 ORDER BY expires_at LIMIT $2)",
        args![before, most],
    )
    .await
}
