//! What becomes of a mail apart from its attempts: wishes of those who posted it, and reports of others.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{EmailAddress, JobId, MessageBatchId, MessageId, OrganizationId, Timestamp};

use crate::model::{GivenUp, Reported};
use crate::status::MessageStatus;

impl FromRow for GivenUp {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            status: row.parsed()?,
            job: row.column()?,
        })
    }
}

impl FromRow for Reported {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            recipient: row.column()?,
        })
    }
}

/// Takes a mail back, and gives its batch; nothing when it is too late for that. What it says is wiped.
pub(crate) async fn update_cancelled(
    tx: &mut Tx,
    id: MessageId,
    organization: Option<OrganizationId>,
    now: Timestamp,
) -> Result<Option<Option<MessageBatchId>>, DbError> {
    tx.fetch_optional(
        "UPDATE messages
        SET status = 'cancelled', sealed_content = NULL, updated_at = $3
        WHERE id = $1
            AND organization_id IS NOT DISTINCT FROM $2{uuid}
            AND (status = 'scheduled' OR (status = 'queued' AND attempts = 0))
        RETURNING batch_id",
        args![id, organization, now],
    )
    .await
}

/// A mail that failed, or whose job may have died over it, until the transaction ends.
pub(crate) async fn lock_for_retry(
    tx: &mut Tx,
    id: MessageId,
    organization: Option<OrganizationId>,
) -> Result<Option<GivenUp>, DbError> {
    tx.fetch_optional(
        "SELECT status, job_id
        FROM messages
        WHERE id = $1
            AND organization_id IS NOT DISTINCT FROM $2{uuid}
            AND status IN ('scheduled', 'queued', 'failed')
            AND sealed_content IS NOT NULL
        {for_update}",
        args![id, organization],
    )
    .await
}

/// Makes `job` the one that may hand the mail over.
pub(crate) async fn update_for_retry(
    tx: &mut Tx,
    id: MessageId,
    job: JobId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE messages SET status = 'queued', job_id = $2, updated_at = $3 WHERE id = $1",
        args![id, job, now],
    )
    .await
    .map(drop)
}

/// A mail that somebody reports about. None of the product's own is any organization's concern.
pub(crate) async fn find_reported(
    db: &mut impl Executor,
    id: MessageId,
) -> Result<Option<Reported>, DbError> {
    db.fetch_optional(
        "SELECT id, CASE WHEN batch_id IS NULL THEN NULL ELSE organization_id END, recipient
        FROM messages
        WHERE id = $1",
        args![id],
    )
    .await
}

/// As [`find_reported`], for the latest mail to an address that a server took.
pub(crate) async fn find_latest_to(
    db: &mut impl Executor,
    recipient: &EmailAddress,
) -> Result<Option<Reported>, DbError> {
    db.fetch_optional(
        "SELECT id, CASE WHEN batch_id IS NULL THEN NULL ELSE organization_id END, recipient
        FROM messages
        WHERE recipient_norm = $1 AND status IN ('sent', 'bounced', 'complained')
        ORDER BY created_at DESC, id DESC
        LIMIT 1",
        args![recipient.normalized()],
    )
    .await
}

/// What others reported about a mail that a server took, or may have taken; its batch, or nothing when that is
/// known already. What it says is wiped: it has arrived, or never will.
pub(crate) async fn update_reported(
    tx: &mut Tx,
    id: MessageId,
    status: MessageStatus,
    detail: &str,
    now: Timestamp,
) -> Result<Option<Option<MessageBatchId>>, DbError> {
    tx.fetch_optional(
        "UPDATE messages
        SET status = $2, last_reply = $3, updated_at = $4, sealed_content = NULL
        WHERE id = $1 AND (status = 'sent' OR (status IN ('queued', 'failed') AND attempts > 0))
        RETURNING batch_id",
        args![id, status.as_str(), detail, now],
    )
    .await
}
