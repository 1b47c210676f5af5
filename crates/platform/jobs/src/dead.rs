//! What was given up, and trying it again.

use db::{Args, Db, DbError, Executor as _, Filter, FromRow, ReadTx, Row, Tx, args};
use kernel::{JobId, OrganizationId, Page, PageRequest, Position, Timestamp};

use crate::queue::Queue;

/// How many more attempts an operator's wish is worth.
const MORE_ATTEMPTS: i64 = 5;

/// A job that was given up.
#[derive(Debug, Clone)]
pub struct DeadJob {
    /// The job.
    pub id: JobId,
    /// What kind of job.
    pub kind: String,
    /// What it was to do.
    pub payload: serde_json::Value,
    /// For whom.
    pub organization: Option<OrganizationId>,
    /// How often it was tried.
    pub attempts: u32,
    /// What went wrong the last time.
    pub last_error: String,
    /// When it was enqueued.
    pub created_at: Timestamp,
    /// When it was given up.
    pub died_at: Timestamp,
}

impl FromRow for DeadJob {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            kind: row.column()?,
            payload: row.column()?,
            organization: row.column()?,
            attempts: row.column()?,
            last_error: row.column()?,
            created_at: row.column()?,
            died_at: row.column()?,
        })
    }
}

impl Queue {
    /// The jobs that were given up, the latest first.
    pub async fn list_dead(&self, db: &Db, page: PageRequest) -> Result<Page<DeadJob>, DbError> {
        db.read(async move |tx: &mut ReadTx| {
            let after = page.after.as_ref().map(after).transpose()?;
            let filter = Filter::new(args![]).and_args("(died_at, id) < ($?{timestamptz}, $?{uuid})", after);
            let rows = tx.fetch_filtered::<DeadJob>(
                "SELECT id, kind, payload, organization_id, attempts, last_error, created_at, died_at
                 FROM dead_jobs
                 WHERE TRUE",
                filter,
                "ORDER BY died_at DESC, id DESC LIMIT $?",
                args![page.fetch_limit()],
            );
            Ok(Page::from_fetched(rows.await?, &page, |dead| Position {
                key: dead.died_at.to_micros_text(),
                id: dead.id.uuid(),
            }))
        })
        .await
    }

    /// Lets a job that was given up run again and gives its kind; nothing when there is none of that id. Its
    /// attempts go on counting, so that whoever held it before stays fenced off.
    pub async fn retry_dead(&self, tx: &mut Tx, id: JobId) -> Result<Option<String>, DbError> {
        let dead = tx.fetch_optional::<DeadJob>(
            "DELETE FROM dead_jobs
             WHERE id = $1
             RETURNING id, kind, payload, organization_id, attempts, last_error, created_at, died_at",
            args![id],
        );
        let Some(dead) = dead.await? else {
            return Ok(None);
        };
        tx.execute(
            "INSERT INTO jobs (id, kind, payload, organization_id, run_at, attempt, max_attempts, last_error, created_at)
             VALUES ($1, $2, $3, $4, {now}, $5, $6, $7, $8)",
            args![
                dead.id,
                &dead.kind,
                dead.payload,
                dead.organization,
                dead.attempts,
                i64::from(dead.attempts) + MORE_ATTEMPTS,
                dead.last_error,
                dead.created_at,
            ],
        )
        .await?;
        let queue = self.clone();
        tx.after_commit(move || queue.wake());
        Ok(Some(dead.kind))
    }
}

fn after(position: &Position) -> Result<Args, DbError> {
    let died_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(args![died_at, position.id])
}
