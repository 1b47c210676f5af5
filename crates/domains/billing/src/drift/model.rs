//! What differs from what.

pub(crate) mod known;

use std::str::FromStr;

use kernel::{PaymentDriftId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DriftKind {
    /// The provider has a payment that was made for us, and here there is none.
    PaymentMissing,
    /// The provider says something else about a payment, and applying that did not help.
    PaymentDiffers,
    /// The entries of a transfer don't sum to zero.
    LedgerTransferUnbalanced,
    /// A transfer is about a payment that there is not.
    LedgerTransferOrphaned,
    /// The sums of a day are not those of its entries.
    LedgerDayDiffers,
    /// What is booked about a payment is not what it says itself.
    LedgerPaymentDiffers,
}

/// Whether somebody has settled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum DriftStatus {
    /// Nobody has.
    Open,
    /// Somebody has.
    Resolved,
}

/// Something that does not agree.
#[derive(Debug, Clone)]
pub(crate) struct Drift {
    pub(crate) id: PaymentDriftId,
    pub(crate) kind: DriftKind,
    pub(crate) provider: Option<String>,
    pub(crate) account: Option<String>,
    pub(crate) subject: String,
    pub(crate) detail: String,
    pub(crate) found_at: Timestamp,
    pub(crate) seen_at: Timestamp,
    pub(crate) resolved_at: Option<Timestamp>,
    pub(crate) resolved_by: Option<UserId>,
}

/// Something that was found not to agree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewDrift {
    pub(crate) kind: DriftKind,
    /// The provider and its account.
    pub(crate) account: Option<(String, String)>,
    /// What it is about: the id of a payment, of a transfer, a day.
    pub(crate) subject: String,
    /// What differs, for people.
    pub(crate) detail: String,
}

/// There is no such word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there is no such kind of drift")]
pub(crate) struct UnknownKind;

impl DriftKind {
    const ALL: [Self; 6] = [
        Self::PaymentMissing,
        Self::PaymentDiffers,
        Self::LedgerTransferUnbalanced,
        Self::LedgerTransferOrphaned,
        Self::LedgerDayDiffers,
        Self::LedgerPaymentDiffers,
    ];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::PaymentMissing => "payment_missing",
            Self::PaymentDiffers => "payment_differs",
            Self::LedgerTransferUnbalanced => "ledger_transfer_unbalanced",
            Self::LedgerTransferOrphaned => "ledger_transfer_orphaned",
            Self::LedgerDayDiffers => "ledger_day_differs",
            Self::LedgerPaymentDiffers => "ledger_payment_differs",
        }
    }
}

impl FromStr for DriftKind {
    type Err = UnknownKind;

    fn from_str(text: &str) -> Result<Self, UnknownKind> {
        let mut kinds = Self::ALL.into_iter();
        kinds.find(|kind| kind.as_str() == text).ok_or(UnknownKind)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_are_read_as_they_are_written() {
        for kind in DriftKind::ALL {
            assert_eq!(kind.as_str().parse(), Ok(kind));
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        assert_eq!("nothing".parse::<DriftKind>(), Err(UnknownKind));
    }
}
