//! The table `mail_attachments`.

use db::{DbError, Executor, FromRow, ReadTx, Row, Tx, args};
use kernel::{MessageBatchId, Timestamp};

use crate::model::SealedAttachment;

impl FromRow for SealedAttachment {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.column()?,
            filename: row.column()?,
            content_type: row.column()?,
            size: row.column()?,
            sealed_content: row.column()?,
        })
    }
}

pub(crate) async fn insert_attachment(
    tx: &mut Tx,
    batch: MessageBatchId,
    attachment: &SealedAttachment,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO mail_attachments (
            batch_id,
            position,
            filename,
            content_type,
            size,
            sealed_content,
            created_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        args![
            batch,
            attachment.position,
            &attachment.filename,
            &attachment.content_type,
            attachment.size,
            &attachment.sealed_content,
            now,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn list_attachments(
    db: &mut ReadTx,
    batch: MessageBatchId,
) -> Result<Vec<SealedAttachment>, DbError> {
    db.fetch_all(
        "SELECT position, filename, content_type, size, sealed_content
        FROM mail_attachments
        WHERE batch_id = $1
        ORDER BY position",
        args![batch],
    )
    .await
}

/// Wipes the files of a batch when what its mails say is wiped of all of them; to be called after that of one was.
///
/// Of two mails that end at the same time neither would see that the other did, so the first file is locked: who
/// comes second looks when the first is done.
pub(crate) async fn delete_unneeded_attachments(
    tx: &mut Tx,
    batch: Option<MessageBatchId>,
) -> Result<(), DbError> {
    let Some(batch) = batch else { return Ok(()) };
    let locked: Option<i64> = tx
        .fetch_optional(
            "SELECT position FROM mail_attachments
            WHERE batch_id = $1
            ORDER BY position
            LIMIT 1
            {for_update}",
            args![batch],
        )
        .await?;
    if locked.is_none() {
        return Ok(());
    }
    tx.execute(
        "DELETE FROM mail_attachments
        WHERE batch_id = $1
            AND NOT EXISTS (SELECT 1 FROM messages WHERE batch_id = $1 AND sealed_content IS NOT NULL)",
        args![batch],
    )
    .await
    .map(drop)
}
