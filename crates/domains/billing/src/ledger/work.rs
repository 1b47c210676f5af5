//! The jobs of the ledger.

use jobs::Job;
use kernel::{LedgerTransferId, PaymentId};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Checks a part of the books, and has the next one checked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct CheckLedger {
    pub(crate) next: Part,
}

/// What is checked next.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Part {
    /// Whether the entries of transfers sum to zero: of those after this one.
    Transfers(LedgerTransferId),
    /// Whether the sums of days are those of their entries: of the days after this one.
    Days(String),
    /// Whether what is booked about payments is what they say: of those after this one.
    Payments(PaymentId),
}

impl CheckLedger {
    /// From the beginning.
    pub(crate) const fn beginning() -> Self {
        Self {
            next: Part::Transfers(LedgerTransferId::from_uuid(Uuid::nil())),
        }
    }
}

impl Job for CheckLedger {
    const NAME: &'static str = "payments.check_ledger";
    const MAX_ATTEMPTS: u32 = 5;
    const PRIORITY: i32 = 9;
}
