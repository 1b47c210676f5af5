//! The statements of mail.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{EmailAddress, Locale, MessageId, PageRequest, Timestamp};

use crate::model::{Attempt, CapturedSummary, NewMessage, Status};
use crate::source::Source;

pub(crate) async fn insert(tx: &mut Tx, message: &NewMessage) -> Result<(), DbError> {
    let sent_at = (message.status == Status::Mailbox).then_some(message.created_at);
    tx.execute(
        "INSERT INTO messages (
            id,
            organization_id,
            user_id,
            template_key,
            locale,
            recipient,
            recipient_norm,
            subject,
            sealed_content,
            status,
            created_at,
            updated_at,
            sent_at
        ) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11, $12)",
        args![
            message.id,
            message.organization,
            message.user,
            message.template_key,
            &message.letter.locale,
            &message.recipient,
            message.recipient.normalized(),
            &message.letter.subject,
            &message.sealed_content,
            message.status.as_str(),
            message.created_at,
            sent_at,
        ],
    )
    .await
    .map(drop)
}

/// Counts an attempt and takes what it needs; nothing when the mail is on its way or gone already.
/// A mail that had failed is tried again: an operator asked for that by reviving its job.
pub(crate) async fn update_for_attempt(
    tx: &mut Tx,
    id: MessageId,
    now: Timestamp,
) -> Result<Option<Attempt>, DbError> {
    tx.fetch_optional(
        "UPDATE messages
        SET status = 'queued', attempts = attempts + 1, updated_at = $2
        WHERE id = $1 AND status IN ('queued', 'failed') AND sealed_content IS NOT NULL
        RETURNING recipient, subject, sealed_content, created_at",
        args![id, now],
    )
    .await
}

/// A mail server took it; what it says is wiped.
pub(crate) async fn update_sent(
    tx: &mut Tx,
    id: MessageId,
    reply: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE messages
        SET status = 'sent', last_reply = $2, sealed_content = NULL, updated_at = $3, sent_at = $3
        WHERE id = $1 AND status IN ('queued', 'failed')",
        args![id, reply, now],
    )
    .await
    .map(drop)
}

/// It was not taken: for now (`Status::Queued`) or for good (`Status::Failed`). What another worker
/// recorded as sent stays sent.
pub(crate) async fn update_refused(
    tx: &mut Tx,
    id: MessageId,
    status: Status,
    reply: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE messages
        SET status = $2, last_reply = $3, updated_at = $4
        WHERE id = $1 AND status IN ('queued', 'failed')",
        args![id, status.as_str(), reply, now],
    )
    .await
    .map(drop)
}

/// It was queued while there was a mail server, and now there is none.
pub(crate) async fn update_captured(tx: &mut Tx, id: MessageId, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE messages SET status = 'mailbox', updated_at = $2, sent_at = $2
        WHERE id = $1 AND status IN ('queued', 'failed')",
        args![id, now],
    )
    .await
    .map(drop)
}

/// The platform's own text of a mail, when one is published.
pub(crate) async fn find_published(
    db: &mut impl Executor,
    key: &'static str,
    locale: &str,
) -> Result<Option<Source>, DbError> {
    db.fetch_optional(
        "SELECT subject, preheader, text, html
        FROM email_templates
        WHERE organization_id IS NULL AND key = $1 AND locale = $2 AND status = 'published'
        ORDER BY version DESC
        LIMIT 1",
        args![key, locale],
    )
    .await
}

/// Newest first.
pub(crate) async fn list_captured(
    db: &mut impl Executor,
    recipient: Option<EmailAddress>,
    page: &PageRequest,
) -> Result<Vec<CapturedSummary>, DbError> {
    let filter = Filter::new(args![])
        .and_some(
            "recipient_norm = $?",
            recipient.map(|address| address.normalized().to_owned()),
        )
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after(page)?);
    db.fetch_filtered(
        "SELECT id, recipient, template_key, locale, subject, created_at FROM messages
        WHERE status = 'mailbox'",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

fn after(page: &PageRequest) -> Result<Option<Args>, DbError> {
    let Some(position) = &page.after else {
        return Ok(None);
    };
    let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(Some(args![created_at, position.id]))
}

pub(crate) async fn find_captured(
    db: &mut impl Executor,
    id: MessageId,
) -> Result<Option<(CapturedSummary, Vec<u8>)>, DbError> {
    let found: Option<Captured> = db
        .fetch_optional(
            "SELECT id, recipient, template_key, locale, subject, created_at, sealed_content
            FROM messages
            WHERE id = $1 AND status = 'mailbox' AND sealed_content IS NOT NULL",
            args![id],
        )
        .await?;
    Ok(found.map(|captured| (captured.summary, captured.sealed_content)))
}

struct Captured {
    summary: CapturedSummary,
    sealed_content: Vec<u8>,
}

impl FromRow for Captured {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            summary: FromRow::from_row(row)?,
            sealed_content: row.column()?,
        })
    }
}

impl FromRow for CapturedSummary {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            to: row.column()?,
            template_key: row.column()?,
            locale: row.column::<Locale>()?,
            subject: row.column()?,
            created_at: row.column()?,
        })
    }
}

impl FromRow for Attempt {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            recipient: row.column()?,
            subject: row.column()?,
            sealed_content: row.column()?,
            created_at: row.column()?,
        })
    }
}

impl FromRow for Source {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            subject: row.column()?,
            preheader: row.column()?,
            text: row.column()?,
            html: row.column()?,
        })
    }
}
