//! An address that gets no mail.

use std::fmt;
use std::str::FromStr;

use kernel::{EmailAddress, MessageId, OrganizationId, SuppressionId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::category::Category;

/// Why an address gets no mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SuppressionReason {
    /// There is no such mailbox.
    Bounce,
    /// Its owner said that a mail is spam.
    Complaint,
    /// Its owner wants no more.
    Unsubscribe,
    /// Somebody put it on the list.
    Manual,
}

/// A word of the database that this version does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no reason that is known here")]
pub struct UnknownReason(String);

/// An address that gets no mail: none of an organization's, or none of the platform's.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Its id.
    pub id: SuppressionId,
    /// Whose mail it does not get; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// The address.
    pub email: EmailAddress,
    /// Which mail it does not get; `None` for all but the product's own.
    pub category: Option<Category>,
    /// Why.
    pub reason: SuppressionReason,
    /// What was said about it: by the mail server, or by who put it on the list.
    pub detail: String,
    /// The mail that brought it about.
    pub message: Option<MessageId>,
    /// Who put it on the list.
    pub created_by: Option<UserId>,
    /// Since when.
    pub created_at: Timestamp,
}

/// Which lines of the list are wanted.
#[derive(Debug, Clone, Default)]
pub struct SuppressionFilter {
    /// Only this address.
    pub email: Option<EmailAddress>,
    /// Only those with this reason.
    pub reason: Option<SuppressionReason>,
}

/// An address about to be put on the list; the fields are those of [`Suppression`].
#[derive(Debug, Clone)]
pub struct NewSuppression {
    /// Whose mail it is not to get; `None` for the platform's.
    pub organization: Option<OrganizationId>,
    /// The address.
    pub email: EmailAddress,
    /// Which mail it is not to get; `None` for all but the product's own.
    pub category: Option<Category>,
    /// Why.
    pub reason: SuppressionReason,
    /// What was said about it.
    pub detail: String,
    /// The mail that brought it about.
    pub message: Option<MessageId>,
    /// Who puts it on the list.
    pub created_by: Option<UserId>,
}

impl SuppressionReason {
    /// As it is stored and told.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::Unsubscribe => "unsubscribe",
            Self::Manual => "manual",
        }
    }
}

impl FromStr for SuppressionReason {
    type Err = UnknownReason;

    fn from_str(text: &str) -> Result<Self, UnknownReason> {
        let all = [Self::Bounce, Self::Complaint, Self::Unsubscribe, Self::Manual];
        all.into_iter()
            .find(|reason| reason.as_str() == text)
            .ok_or_else(|| UnknownReason(text.to_owned()))
    }
}

impl fmt::Display for SuppressionReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
