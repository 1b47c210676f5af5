//! Attempts to hand a mail over, and what comes of them.

use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::{JobId, MessageBatchId, MessageId, Timestamp};

use super::message::mailbox;
use crate::model::{Attempt, Word};
use crate::status::MessageStatus;

impl FromRow for Attempt {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            number: row.column()?,
            recipient: row.column()?,
            subject: row.column()?,
            sealed_content: row.column()?,
            created_at: row.column()?,
            organization: row.column()?,
            batch: row.column()?,
            category: row.parsed()?,
            from: mailbox(row)?,
            reply_to: row.column()?,
        })
    }
}

/// Counts an attempt and takes what it needs; nothing when the mail is on its way or gone already, or another
/// job is to hand it over. A mail that had failed is tried again: an operator asked for that by reviving its job.
pub(crate) async fn update_for_attempt(
    tx: &mut Tx,
    id: MessageId,
    job: JobId,
    now: Timestamp,
) -> Result<Option<Attempt>, DbError> {
    tx.fetch_optional(
        "UPDATE messages
        SET status = 'queued', attempts = attempts + 1, updated_at = $3
        WHERE id = $1
            AND (job_id = $2 OR job_id IS NULL)
            AND status IN ('scheduled', 'queued', 'failed')
            AND sealed_content IS NOT NULL
        RETURNING
            attempts,
            recipient,
            subject,
            sealed_content,
            created_at,
            organization_id,
            batch_id,
            category,
            sender,
            sender_name,
            reply_to",
        args![id, job, now],
    )
    .await
}

/// What came of an attempt. What it says is wiped when nobody will be asked to take it again; what another worker
/// recorded as sent stays sent.
pub(crate) async fn update_answered(
    tx: &mut Tx,
    id: MessageId,
    status: MessageStatus,
    word: &Word,
    now: Timestamp,
) -> Result<(), DbError> {
    let sent_at = (status == MessageStatus::Sent).then_some(now);
    tx.execute(
        "UPDATE messages
        SET status = $2,
            last_reply = $3,
            transport = $4,
            updated_at = $5,
            sent_at = $6,
            sealed_content = CASE WHEN $2{text} IN ('queued', 'failed') THEN sealed_content END
        WHERE id = $1 AND status IN ('queued', 'failed')",
        args![
            id,
            status.as_str(),
            &word.reply,
            word.transport.as_deref(),
            now,
            sent_at,
        ],
    )
    .await
    .map(drop)
}

/// The address is on the list of those that get no mail of its kind. The batch of a mail that it held back.
pub(crate) async fn update_suppressed(
    tx: &mut Tx,
    id: MessageId,
    job: JobId,
    now: Timestamp,
) -> Result<Option<Option<MessageBatchId>>, DbError> {
    tx.fetch_optional(
        "UPDATE messages
        SET status = 'suppressed', sealed_content = NULL, updated_at = $3
        WHERE id = $1
            AND (job_id = $2 OR job_id IS NULL)
            AND status IN ('scheduled', 'queued', 'failed')
        RETURNING batch_id",
        args![id, job, now],
    )
    .await
}

/// Its time has come, or it was queued while there was a mail server, and there is none.
pub(crate) async fn update_captured(
    tx: &mut Tx,
    id: MessageId,
    job: JobId,
    now: Timestamp,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE messages
        SET status = 'mailbox', updated_at = $3, sent_at = $3
        WHERE id = $1
            AND (job_id = $2 OR job_id IS NULL)
            AND status IN ('scheduled', 'queued', 'failed')
            AND sealed_content IS NOT NULL",
        args![id, job, now],
    );
    Ok(updated.await? == 1)
}
