//! The table `messages`.

use std::fmt::Write as _;

use db::{DbError, Executor, Filter, FromRow, ReadTx, Row, Tx, args};
use kernel::{EmailAddress, Id, MessageId, OrganizationId, PageRequest};
use ports::mail::Mailbox;
use serde_json::{Value, json};

use super::after;
use crate::model::{MessageFilter, MessageSummary, NewMessage, Shared};
use crate::status::MessageStatus;

impl FromRow for MessageSummary {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            batch: row.column()?,
            to: row.column()?,
            user: row.column()?,
            template: row.column()?,
            template_version: row.column()?,
            locale: row.column()?,
            category: row.column()?,
            subject: row.column()?,
            from: mailbox(row)?,
            reply_to: row.column()?,
            status: row.parsed()?,
            attempts: row.column()?,
            last_reply: row.column()?,
            transport: row.column()?,
            metadata: row.column()?,
            created_by: row.column()?,
            api_key: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            send_at: row.column()?,
            sent_at: row.column()?,
        })
    }
}

/// The columns `sender` and `sender_name`.
pub(super) fn mailbox(row: &mut Row<'_>) -> Result<Option<Mailbox>, DbError> {
    let address: Option<EmailAddress> = row.column()?;
    let name: Option<String> = row.column()?;
    Ok(address.map(|address| Mailbox {
        name: name.unwrap_or_default(),
        address,
    }))
}

pub(crate) async fn insert_all(
    tx: &mut Tx,
    shared: &Shared<'_>,
    messages: &[NewMessage<'_>],
) -> Result<(), DbError> {
    let rows: Vec<Value> = messages.iter().map(row_of).collect();
    tx.execute(
        "INSERT INTO messages (
            id,
            job_id,
            user_id,
            locale,
            recipient,
            recipient_norm,
            subject,
            sealed_content,
            status,
            metadata,
            sent_at,
            organization_id,
            batch_id,
            template_key,
            template_version,
            category,
            sender,
            sender_name,
            reply_to,
            created_by,
            api_key_id,
            send_at,
            created_at,
            updated_at
        )
        SELECT
            {uuid_of:each.value ->> 'id'},
            {uuid_of:each.value ->> 'job'},
            {uuid_of:each.value ->> 'user'},
            each.value ->> 'locale',
            each.value ->> 'recipient',
            each.value ->> 'recipient_norm',
            each.value ->> 'subject',
            {bytes_of:each.value ->> 'content'},
            each.value ->> 'status',
            each.value -> 'metadata',
            CASE each.value ->> 'status' WHEN 'mailbox' THEN $12{timestamptz} END,
            $2{uuid},
            $3{uuid},
            $4{text},
            CAST(each.value ->> 'template_version' AS bigint),
            $5{text},
            $6{text},
            $7{text},
            $8{text},
            $9{uuid},
            $10{uuid},
            $11{timestamptz},
            $12{timestamptz},
            $12{timestamptz}
        FROM {each:$1}",
        args![
            json!(rows),
            shared.organization,
            shared.batch,
            shared.template,
            shared.category.as_str(),
            shared.from.map(|from| from.address.as_str()),
            shared.from.map(|from| from.name.as_str()),
            shared.reply_to,
            shared.created_by,
            shared.api_key,
            shared.send_at,
            shared.created_at,
        ],
    )
    .await
    .map(drop)
}

fn row_of(message: &NewMessage<'_>) -> Value {
    json!({
        "id": message.id.uuid(),
        "job": message.job.map(Id::uuid),
        "user": message.user.map(Id::uuid),
        "locale": message.locale.as_str(),
        "template_version": message.template_version.map(|version| version.to_string()),
        "recipient": message.recipient.as_str(),
        "recipient_norm": message.recipient.normalized(),
        "subject": message.subject,
        "content": message.sealed_content.as_deref().map(hex),
        "status": message.status.as_str(),
        "metadata": message.metadata,
    })
}

fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Newest first.
pub(crate) async fn list(
    db: &mut ReadTx,
    organization: Option<OrganizationId>,
    filter: &MessageFilter,
    page: &PageRequest,
) -> Result<Vec<MessageSummary>, DbError> {
    let whose = Filter::new(args![]);
    let whose = match organization {
        Some(organization) => whose.and("organization_id = $?", args![organization]),
        None => whose.and("organization_id IS NULL", args![]),
    };
    let filter = whose
        .and_some("status = $?", filter.status.map(MessageStatus::as_str))
        .and_some(
            "recipient_norm = $?",
            filter.recipient.as_ref().map(EmailAddress::normalized),
        )
        .and_some("batch_id = $?", filter.batch)
        .and_some("template_key = $?", filter.template.as_deref())
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after(page)?);
    db.fetch_filtered(
        "SELECT
            id,
            organization_id,
            batch_id,
            recipient,
            user_id,
            template_key,
            template_version,
            locale,
            category,
            subject,
            sender,
            sender_name,
            reply_to,
            status,
            attempts,
            last_reply,
            transport,
            metadata,
            created_by,
            api_key_id,
            created_at,
            updated_at,
            send_at,
            sent_at
        FROM messages
        WHERE TRUE",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    id: MessageId,
    organization: Option<OrganizationId>,
) -> Result<Option<MessageSummary>, DbError> {
    db.fetch_optional(
        "SELECT
            id,
            organization_id,
            batch_id,
            recipient,
            user_id,
            template_key,
            template_version,
            locale,
            category,
            subject,
            sender,
            sender_name,
            reply_to,
            status,
            attempts,
            last_reply,
            transport,
            metadata,
            created_by,
            api_key_id,
            created_at,
            updated_at,
            send_at,
            sent_at
        FROM messages
        WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2{uuid}",
        args![id, organization],
    )
    .await
}
