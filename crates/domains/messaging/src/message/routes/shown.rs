//! Mail as it is shown.

use garde::Validate;
use kernel::{
    ApiKeyId, EmailAddress, Locale, MessageBatchId, MessageEventId, MessageId, OrganizationId, Timestamp,
    UserId,
};
use mail::{MessageEvent, MessageEventKind, MessageFilter, MessageHistory, MessageStatus, MessageSummary};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::message::model::Sent;

/// What was accepted, in the order in which it was asked for.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SentMessagesBody {
    /// A mail for each recipient.
    messages: Vec<SentMessageBody>,
}

/// A mail that was accepted.
#[derive(Debug, Serialize, JsonSchema)]
struct SentMessageBody {
    /// Its id.
    id: MessageId,
    /// Who gets it.
    to: EmailAddress,
    /// Where it is: `queued`, `scheduled`, `suppressed`, or `mailbox` where there is no mail server.
    status: MessageStatus,
}

/// A mail, without what it says.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MessageBody {
    /// Its id.
    id: MessageId,
    /// Whose it is; null for the platform's.
    organization_id: Option<OrganizationId>,
    /// What the mails of one request have in common.
    batch_id: Option<MessageBatchId>,
    /// Who gets it.
    to: EmailAddress,
    /// Where it is.
    status: MessageStatus,
    /// What it is about.
    #[schemars(extend("example" = "Your order is on its way"))]
    subject: String,
    /// The key of its template; null when its sender worded it.
    #[schemars(extend("example" = "order_shipped"))]
    template: Option<String>,
    /// The version of that template in its language.
    #[schemars(extend("example" = 3))]
    template_version: Option<i64>,
    /// The language that it is in.
    locale: Locale,
    /// What kind of mail it is.
    #[schemars(extend("example" = "transactional"))]
    category: String,
    /// Who it is from; null for the product's own sender.
    from: Option<EmailAddress>,
    /// Where answers go, when that is elsewhere.
    reply_to: Option<EmailAddress>,
    /// How often a mail server was asked to take it.
    #[schemars(extend("example" = 1))]
    attempts: u32,
    /// What was said last about it.
    #[schemars(extend("example" = "250 2.0.0 OK"))]
    last_reply: Option<String>,
    /// What its sender wants to remember.
    #[schemars(extend("example" = { "invoice": "2026-0031" }))]
    metadata: serde_json::Value,
    /// The account that it is about.
    user_id: Option<UserId>,
    /// Who asked for it.
    created_by: Option<UserId>,
    /// The key that it was asked for with.
    api_key_id: Option<ApiKeyId>,
    /// When it goes out; null for at once.
    send_at: Option<Timestamp>,
    /// When a mail server took it.
    sent_at: Option<Timestamp>,
    /// When it was accepted.
    created_at: Timestamp,
    /// When it changed last.
    updated_at: Timestamp,
}

/// A mail and how it got where it is.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct MessageHistoryBody {
    /// The mail.
    #[serde(flatten)]
    message: MessageBody,
    /// Its time line, the oldest first.
    events: Vec<MessageEventBody>,
}

/// A step in the life of a mail.
#[derive(Debug, Serialize, JsonSchema)]
struct MessageEventBody {
    /// Its id.
    id: MessageEventId,
    /// What happened.
    kind: MessageEventKind,
    /// In which attempt, from 1.
    #[schemars(extend("example" = 1))]
    attempt: Option<u32>,
    /// What the mail server said, or why nothing was heard of it.
    #[schemars(extend("example" = "250 2.0.0 OK"))]
    reply: Option<String>,
    /// When.
    occurred_at: Timestamp,
}

/// Which mail.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct MessageQuery {
    /// Whose; a key's own organization when absent, and else the platform.
    #[garde(skip)]
    #[expect(dead_code, reason = "Scope reads it")]
    organization_id: Option<OrganizationId>,
    /// Only those that are there.
    #[garde(skip)]
    status: Option<MessageStatus>,
    /// Only those to this address.
    #[garde(skip)]
    to: Option<EmailAddress>,
    /// Only those of this template.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    template: Option<String>,
    /// Only those of one request.
    #[garde(skip)]
    batch_id: Option<MessageBatchId>,
}

/// Which mail.
#[derive(Debug, Deserialize, JsonSchema)]
pub(super) struct MessagePath {
    /// The mail.
    #[serde(rename = "messageId")]
    pub(super) id: MessageId,
}

impl From<Vec<Sent>> for SentMessagesBody {
    fn from(sent: Vec<Sent>) -> Self {
        let messages = sent.into_iter().map(|one| SentMessageBody {
            id: one.id,
            to: one.to,
            status: one.status,
        });
        Self {
            messages: messages.collect(),
        }
    }
}

impl From<MessageQuery> for MessageFilter {
    fn from(query: MessageQuery) -> Self {
        Self {
            status: query.status,
            recipient: query.to,
            batch: query.batch_id,
            template: query.template,
        }
    }
}

impl From<MessageSummary> for MessageBody {
    fn from(message: MessageSummary) -> Self {
        Self {
            id: message.id,
            organization_id: message.organization,
            batch_id: message.batch,
            to: message.to,
            status: message.status,
            subject: message.subject,
            template: message.template,
            template_version: message.template_version,
            locale: message.locale,
            category: message.category,
            from: message.from.map(|from| from.address),
            reply_to: message.reply_to,
            attempts: message.attempts,
            last_reply: message.last_reply,
            metadata: message.metadata,
            user_id: message.user,
            created_by: message.created_by,
            api_key_id: message.api_key,
            send_at: message.send_at,
            sent_at: message.sent_at,
            created_at: message.created_at,
            updated_at: message.updated_at,
        }
    }
}

impl From<MessageHistory> for MessageHistoryBody {
    fn from(history: MessageHistory) -> Self {
        let events = history.events.into_iter().map(MessageEventBody::from);
        Self {
            message: history.message.into(),
            events: events.collect(),
        }
    }
}

impl From<MessageEvent> for MessageEventBody {
    fn from(event: MessageEvent) -> Self {
        Self {
            id: event.id,
            kind: event.kind,
            attempt: event.attempt,
            reply: event.reply,
            occurred_at: event.occurred_at,
        }
    }
}
