//! A mail as its row holds it, and as the development mailbox shows it.

use crypto::Sealer;
use kernel::{EmailAddress, Locale, MessageId, OrganizationId, Timestamp, UserId};
use serde::{Deserialize, Serialize};

use crate::templates::Letter;

/// What a mail says; sealed in its row, because links in it open doors.
#[derive(Serialize, Deserialize)]
pub(crate) struct Content {
    pub(crate) text: String,
    pub(crate) html: String,
}

/// A mail about to be kept.
pub(crate) struct NewMessage {
    pub(crate) id: MessageId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) user: Option<UserId>,
    pub(crate) template_key: &'static str,
    pub(crate) recipient: EmailAddress,
    pub(crate) letter: Letter,
    pub(crate) sealed_content: Vec<u8>,
    pub(crate) status: Status,
    pub(crate) created_at: Timestamp,
}

/// Where a mail is on its way, as far as it is kept; once it is sent, only its line remains.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// A job will hand it over.
    Queued,
    /// It is in the development mailbox, and goes no further.
    Mailbox,
    /// It was refused, or nobody took it for too long.
    Failed,
}

/// A mail that is being handed over.
pub(crate) struct Attempt {
    pub(crate) recipient: EmailAddress,
    pub(crate) subject: String,
    pub(crate) sealed_content: Vec<u8>,
    pub(crate) created_at: Timestamp,
}

/// A captured mail in a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CapturedSummary {
    /// Its id.
    pub id: MessageId,
    /// Who would have got it.
    pub to: EmailAddress,
    /// Which mail: [`crate::Template::key`].
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

impl Status {
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Mailbox => "mailbox",
            Self::Failed => "failed",
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
