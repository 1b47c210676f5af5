//! Mail on its way out.

use std::sync::Arc;

use async_trait::async_trait;
use kernel::{EmailAddress, Timestamp};

/// A mail that is ready to go.
#[derive(Debug, Clone)]
pub struct OutgoingMail {
    /// `Message-ID` without its angle brackets; the same on every try, so that receivers can drop a copy.
    pub message_id: String,
    /// When it was written: its `Date`, also the same on every try.
    pub composed_at: Timestamp,
    /// Who gets it.
    pub to: EmailAddress,
    /// The subject, one line.
    pub subject: String,
    /// The text part.
    pub text: String,
    /// The HTML part; empty for a mail that is only text.
    pub html: String,
    /// Who it is from; the transport's own sender when absent.
    pub from: Option<Mailbox>,
    /// Where answers go, when that is elsewhere.
    pub reply_to: Option<EmailAddress>,
    /// The files that it carries.
    pub attachments: Arc<[Attachment]>,
    /// Where a `POST` ends mail of this kind to this address (RFC 8058): an `https` URL.
    pub unsubscribe: Option<String>,
}

/// An address with the name that people see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mailbox {
    /// The name; may be empty.
    pub name: String,
    /// The address.
    pub address: EmailAddress,
}

/// A file that a mail carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// What it is called, without a path.
    pub filename: String,
    /// Its media type: `application/pdf`.
    pub content_type: String,
    /// What is in it.
    pub content: Vec<u8>,
}

/// Something that takes mail and answers for it.
#[async_trait]
pub trait MailTransport: Send + Sync {
    /// What it is called where people look for the reason of a delay: `smtp.example.com:587`. No secrets.
    fn name(&self) -> &str;

    /// Hands one mail over. `Ok` means that the other side took responsibility for it.
    async fn send(&self, mail: &OutgoingMail) -> Result<Accepted, MailError>;
}

/// The other side took the mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accepted {
    /// What it said, for the record: `250 2.0.0 OK queued as 4Zx`.
    pub reply: String,
}

/// The mail was not taken, or nobody knows.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    /// The server says no for now (4xx, RFC 5321 §4.2.1): try again later.
    #[error("the mail server said: {reply}")]
    Deferred {
        /// What it said.
        reply: String,
    },
    /// The server says no for good (5xx): do not try again.
    #[error("the mail server refused: {reply}")]
    Refused {
        /// What it said.
        reply: String,
    },
    /// The server says no for good, and it is the mailbox's fault: there is none of that name, or it takes no
    /// mail any more (RFC 3463 §3.2). No mail to it will ever arrive.
    #[error("the mail server knows no such mailbox: {reply}")]
    NoMailbox {
        /// What it said.
        reply: String,
    },
    /// The server can't be reached, or the connection broke before the mail was complete: try again.
    #[error("the mail server can't be reached: {reason}")]
    Unreachable {
        /// What happened.
        reason: String,
    },
    /// The mail was handed over, but its answer was lost: it may have been taken.
    #[error("the mail server's answer was lost: {reason}")]
    OutcomeUnknown {
        /// What happened.
        reason: String,
    },
}

/// Whether an enhanced status code (RFC 3463, RFC 7505) says that a mailbox is not there, has moved away or is closed.
/// What is wrong with the mail, with us or with the server (X.3 to X.7) says nothing about the mailbox; nor does one
/// that is full (X.2.2).
pub fn is_no_mailbox(status: &str) -> bool {
    matches!(status, "5.1.1" | "5.1.2" | "5.1.3" | "5.1.6" | "5.1.10" | "5.2.1")
}
