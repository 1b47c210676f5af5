//! What is sent and answered.

use garde::Validate;
use kernel::{EmailAddress, Locale, OrganizationId, SenderId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::MessagingError;
use crate::sender::model::{NewSender, Sender, SenderCode, SenderName};

/// An address that mail of an organization may be from, once it is verified.
#[derive(Debug, Serialize, JsonSchema)]
pub(crate) struct SenderBody {
    /// Its id.
    id: SenderId,
    /// Whose it is.
    organization_id: OrganizationId,
    /// The address.
    email: EmailAddress,
    /// What readers see beside the address.
    #[schemars(extend("example" = "Ink & Quill"))]
    name: Option<String>,
    /// Whether mail may be from there.
    #[schemars(extend("example" = true))]
    is_verified: bool,
    /// Since when; null before.
    verified_at: Option<Timestamp>,
    /// When it was asked for.
    created_at: Timestamp,
}

/// An address to send from.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct CreateSender {
    /// Whose it is; a key's own organization when absent.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// The address, to which a code is mailed.
    #[garde(skip)]
    email: EmailAddress,
    /// What readers see beside the address.
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "Ink & Quill"))]
    name: Option<String>,
    /// The language of the mail with the code; `en` when absent.
    #[garde(skip)]
    locale: Option<Locale>,
}

/// The code that was mailed.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(crate) struct VerifySender {
    /// Eight digits; blanks between them don't matter.
    #[garde(length(chars, min = 8, max = 20))]
    #[schemars(extend("example" = "48201573"))]
    code: String,
}

/// Which sender.
#[derive(Debug, Deserialize, JsonSchema)]
pub(crate) struct SenderPath {
    /// The sender.
    #[serde(rename = "senderId")]
    pub(super) id: SenderId,
}

impl CreateSender {
    pub(super) fn into_new(self) -> Result<NewSender, MessagingError> {
        // Read by `Scoped` already.
        let _ = self.organization_id;
        let name = self.name.as_deref();
        Ok(NewSender {
            email: self.email,
            name: name.map(|name| SenderName::parse(name, "/name")).transpose()?,
            locale: self.locale.unwrap_or_default(),
        })
    }
}

impl VerifySender {
    pub(super) fn into_code(self) -> Result<SenderCode, MessagingError> {
        SenderCode::parse(&self.code)
    }
}

impl From<Sender> for SenderBody {
    fn from(sender: Sender) -> Self {
        Self {
            id: sender.id,
            organization_id: sender.organization,
            email: sender.email,
            name: sender.name.map(|name| name.as_str().to_owned()),
            is_verified: sender.verified_at.is_some(),
            verified_at: sender.verified_at,
            created_at: sender.created_at,
        }
    }
}
