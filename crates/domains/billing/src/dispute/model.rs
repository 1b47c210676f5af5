//! What a dispute is.

use std::str::FromStr;

use kernel::{Currency, DisputeId, OrganizationId, PaymentId, Timestamp};
use ports::payments::{DisputeSnapshot, DisputeState};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dispute {
    pub(crate) id: DisputeId,
    pub(crate) organization: OrganizationId,
    pub(crate) payment: PaymentId,
    pub(crate) provider: String,
    pub(crate) provider_account: String,
    pub(crate) provider_reference: String,
    pub(crate) amount: i64,
    /// What the provider has taken back by now, less what was returned.
    pub(crate) withdrawn: i64,
    pub(crate) currency: Currency,
    pub(crate) status: DisputeStatus,
    pub(crate) reason: Option<String>,
    pub(crate) due_at: Option<Timestamp>,
    pub(crate) version: i64,
    pub(crate) synced_at: Option<Timestamp>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

/// Where a dispute stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DisputeStatus {
    /// It waits for evidence, which is given at the provider.
    NeedsResponse,
    /// The bank decides.
    UnderReview,
    /// The money stays, or came back.
    Won,
    /// The money is gone.
    Lost,
    /// It was only a question, and is over.
    Closed,
    /// The provider says a word that is not known here.
    NeedsReview,
}

/// Which disputes are listed.
#[derive(Debug, Clone, Default)]
pub(crate) struct DisputeFilter {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) payment: Option<PaymentId>,
    pub(crate) status: Option<DisputeStatus>,
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub(crate) struct UnknownWord;

impl Dispute {
    /// The same after what the provider says.
    pub(crate) fn after(&self, seen: &DisputeSnapshot, asked_at: Timestamp) -> Self {
        Self {
            amount: seen.amount.minor(),
            withdrawn: seen.withdrawn.minor(),
            status: self.status.after(&seen.state),
            reason: seen.reason.clone().or_else(|| self.reason.clone()),
            due_at: seen.due_at,
            synced_at: Some(asked_at),
            ..self.clone()
        }
    }
}

impl DisputeStatus {
    /// All of them.
    const ALL: [Self; 6] = [
        Self::NeedsResponse,
        Self::UnderReview,
        Self::Won,
        Self::Lost,
        Self::Closed,
        Self::NeedsReview,
    ];

    /// As the database and the API spell it.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::NeedsResponse => "needs_response",
            Self::UnderReview => "under_review",
            Self::Won => "won",
            Self::Lost => "lost",
            Self::Closed => "closed",
            Self::NeedsReview => "needs_review",
        }
    }

    /// What a provider's word makes of it. A word that is not known leaves what is.
    fn after(self, state: &DisputeState) -> Self {
        match state {
            DisputeState::NeedsResponse => Self::NeedsResponse,
            DisputeState::UnderReview => Self::UnderReview,
            DisputeState::Won => Self::Won,
            DisputeState::Lost => Self::Lost,
            DisputeState::Closed => Self::Closed,
            DisputeState::Unknown(_) => self,
        }
    }

    /// Whether it is over. Some banks let a lost one be taken up again.
    pub(crate) const fn is_over(self) -> bool {
        matches!(self, Self::Won | Self::Lost | Self::Closed)
    }

    /// Whether the money is in question, or gone.
    pub(crate) const fn counts(self) -> bool {
        !matches!(self, Self::Won | Self::Closed)
    }
}

impl FromStr for DisputeStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Self::ALL
            .into_iter()
            .find(|status| status.as_str() == text)
            .ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_those_of_the_api() {
        for status in DisputeStatus::ALL {
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
            assert_eq!(status.as_str().parse::<DisputeStatus>().unwrap(), status);
            assert_eq!(status.after(&DisputeState::Unknown("odd".into())), status);
            assert_eq!(status.after(&DisputeState::Lost), DisputeStatus::Lost);
        }
    }
}
