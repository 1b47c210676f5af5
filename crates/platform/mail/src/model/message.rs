//! A mail as those see it who sent it.

use kernel::{
    ApiKeyId, EmailAddress, Locale, MessageBatchId, MessageEventId, MessageId, OrganizationId, Timestamp,
    UserId,
};
use ports::mail::Mailbox;

use crate::status::{MessageEventKind, MessageStatus};

/// A mail without what it says.
#[derive(Debug, Clone, PartialEq)]
pub struct MessageSummary {
    /// Its id.
    pub id: MessageId,
    /// Whose it is; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// Those that were posted by one request have one in common; the product's own have none.
    pub batch: Option<MessageBatchId>,
    /// Who gets it.
    pub to: EmailAddress,
    /// The account that it is about.
    pub user: Option<UserId>,
    /// The key of its template; `None` when it was worded by who posted it.
    pub template: Option<String>,
    /// Which version of the template; `None` for the product's own.
    pub template_version: Option<i64>,
    /// The language that it is in.
    pub locale: Locale,
    /// What kind of mail it is, in the form of [`crate::Category`].
    pub category: String,
    /// Its subject.
    pub subject: String,
    /// Who it is from; the product's own sender when absent.
    pub from: Option<Mailbox>,
    /// Where answers go, when that is elsewhere.
    pub reply_to: Option<EmailAddress>,
    /// Where it is.
    pub status: MessageStatus,
    /// How often a mail server was asked to take it.
    pub attempts: u32,
    /// What was said last about it.
    pub last_reply: Option<String>,
    /// The mail server that said it.
    pub transport: Option<String>,
    /// What who posted it wants to remember.
    pub metadata: serde_json::Value,
    /// Who posted it.
    pub created_by: Option<UserId>,
    /// The key that it was posted with.
    pub api_key: Option<ApiKeyId>,
    /// When it was posted.
    pub created_at: Timestamp,
    /// When it changed last.
    pub updated_at: Timestamp,
    /// When it is to go out; `None` for at once.
    pub send_at: Option<Timestamp>,
    /// When a mail server took it, or it was put into the development mailbox.
    pub sent_at: Option<Timestamp>,
}

/// A step in the life of a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageEvent {
    /// Its id; in the order of these it happened.
    pub id: MessageEventId,
    /// What happened.
    pub kind: MessageEventKind,
    /// In which attempt, from 1.
    pub attempt: Option<u32>,
    /// The mail server that it was with.
    pub transport: Option<String>,
    /// What the server said, or why nothing was heard of it.
    pub reply: Option<String>,
    /// When.
    pub occurred_at: Timestamp,
}

/// Which mails a list has.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    /// Only those that are there.
    pub status: Option<MessageStatus>,
    /// Only those to this address.
    pub recipient: Option<EmailAddress>,
    /// Only those that were posted together.
    pub batch: Option<MessageBatchId>,
    /// Only those of this template.
    pub template: Option<String>,
}

/// What a report is about.
#[derive(Debug, Clone)]
pub(crate) struct Reported {
    pub(crate) id: MessageId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) recipient: EmailAddress,
}
