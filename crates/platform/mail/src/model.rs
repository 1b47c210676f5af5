//! A mail as its row holds it, and as the development mailbox shows it.

mod message;
mod suppression;

use crypto::Sealer;
use kernel::{
    ApiKeyId, EmailAddress, JobId, Locale, MessageBatchId, MessageEventId, MessageId, OrganizationId,
    Timestamp, UserId,
};
use ports::mail::Mailbox;
use serde::{Deserialize, Serialize};

use crate::category::Category;
use crate::parts::MailerParts;
use crate::status::{MessageEventKind, MessageStatus};

pub(crate) use message::Reported;
pub use message::{MessageEvent, MessageFilter, MessageSummary};
pub use suppression::{NewSuppression, Suppression, SuppressionFilter, SuppressionReason, UnknownReason};

/// What a mail says; sealed in its row, because links in it open doors.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) html: String,
}

/// What the mails of one request have in common, as their rows hold it.
pub(crate) struct Shared<'a> {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) batch: Option<MessageBatchId>,
    pub(crate) template: Option<&'a str>,
    pub(crate) category: &'a Category,
    pub(crate) from: Option<&'a Mailbox>,
    pub(crate) reply_to: Option<&'a EmailAddress>,
    pub(crate) created_by: Option<UserId>,
    pub(crate) api_key: Option<ApiKeyId>,
    pub(crate) send_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
}

/// A mail about to be kept.
pub(crate) struct NewMessage<'a> {
    pub(crate) id: MessageId,
    /// The one job that may hand it over.
    pub(crate) job: Option<JobId>,
    pub(crate) user: Option<UserId>,
    pub(crate) recipient: &'a EmailAddress,
    pub(crate) locale: &'a Locale,
    pub(crate) template_version: Option<i64>,
    pub(crate) subject: &'a str,
    /// Absent for one that nobody will get.
    pub(crate) sealed_content: Option<Vec<u8>>,
    pub(crate) status: MessageStatus,
    pub(crate) metadata: &'a serde_json::Value,
}

/// A step about to be written down.
pub(crate) struct NewEvent {
    pub(crate) message: MessageId,
    pub(crate) id: MessageEventId,
    pub(crate) kind: MessageEventKind,
    pub(crate) attempt: Option<u32>,
    pub(crate) transport: Option<String>,
    pub(crate) reply: Option<String>,
    pub(crate) occurred_at: Timestamp,
}

/// A mail that is being handed over.
pub(crate) struct Attempt {
    /// Which attempt it is, from 1.
    pub(crate) number: u32,
    pub(crate) recipient: EmailAddress,
    pub(crate) subject: String,
    pub(crate) sealed_content: Vec<u8>,
    pub(crate) created_at: Timestamp,
    pub(crate) organization: Option<OrganizationId>,
    /// The product's own mails have none.
    pub(crate) batch: Option<MessageBatchId>,
    pub(crate) category: Category,
    pub(crate) from: Option<Mailbox>,
    pub(crate) reply_to: Option<EmailAddress>,
}

/// What a mail server said about an attempt, or why nothing was heard of it.
#[derive(Debug, Clone)]
pub(crate) struct Word {
    pub(crate) transport: Option<String>,
    pub(crate) reply: String,
}

/// A file as its row holds it.
pub(crate) struct SealedAttachment {
    pub(crate) position: i64,
    pub(crate) filename: String,
    pub(crate) content_type: String,
    pub(crate) size: i64,
    pub(crate) sealed_content: Vec<u8>,
}

/// A mail that was given up, or seems to have been.
pub(crate) struct GivenUp {
    pub(crate) status: MessageStatus,
    pub(crate) job: Option<JobId>,
}

/// A captured mail in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedSummary {
    /// Its id.
    pub id: MessageId,
    /// Who would have got it.
    pub to: EmailAddress,
    /// Which mail: [`crate::Template::key`], or the key of a template of an organization's own; empty for one that
    /// was worded by who posted it.
    pub template_key: String,
    /// The language that it is in.
    pub locale: Locale,
    /// Its subject.
    pub subject: String,
    /// When it was written.
    pub created_at: Timestamp,
}

/// A captured mail as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedMail {
    /// What its line in the list says.
    pub summary: CapturedSummary,
    /// The text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
}

impl NewEvent {
    /// A step that no mail server had a part in.
    pub(crate) fn of(parts: &MailerParts, message: MessageId, kind: MessageEventKind, at: Timestamp) -> Self {
        Self {
            message,
            id: MessageEventId::new(&*parts.ids, at),
            kind,
            attempt: None,
            transport: None,
            reply: None,
            occurred_at: at,
        }
    }
}

impl Content {
    /// Only the row of `id` can hold what comes out.
    pub(crate) fn seal(&self, sealer: &Sealer, id: MessageId) -> Result<Vec<u8>, serde_json::Error> {
        let plain = serde_json::to_vec(self)?;
        Ok(sealer.seal(&plain, id.uuid().as_bytes()))
    }

    /// `None` when it was sealed under another key, or for another row.
    pub(crate) fn open(content: &[u8], sealer: &Sealer, id: MessageId) -> Option<Self> {
        let plain = sealer.open(content, id.uuid().as_bytes())?;
        serde_json::from_slice(&plain).ok()
    }
}
