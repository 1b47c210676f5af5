//! The texts that mails are made of, and the development mailbox.

use db::{DbError, Executor, Filter, FromRow, Row, args};
use kernel::{EmailAddress, Locale, MessageId, PageRequest};

use super::after;
use crate::model::CapturedSummary;
use crate::source::Source;

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
        "SELECT id, recipient, COALESCE(template_key, ''), locale, subject, created_at FROM messages
        WHERE status = 'mailbox'",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

pub(crate) async fn find_captured(
    db: &mut impl Executor,
    id: MessageId,
) -> Result<Option<(CapturedSummary, Vec<u8>)>, DbError> {
    let found: Option<Captured> = db
        .fetch_optional(
            "SELECT id, recipient, COALESCE(template_key, ''), locale, subject, created_at, sealed_content
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
