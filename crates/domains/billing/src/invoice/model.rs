//! Invoices, receipts and credit notes.

use std::str::FromStr;

use kernel::{Currency, InvoiceId, Money, OrganizationId, PaymentId, SubscriptionId, Timestamp};
use ports::payments::InvoiceState;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A bill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invoice {
    /// Its id.
    pub id: InvoiceId,
    /// Who wrote it, and what for.
    pub kind: InvoiceKind,
    /// The receipt that a credit note is about.
    pub corrects: Option<InvoiceId>,
    /// Who pays.
    pub organization: OrganizationId,
    /// The subscription that it is for.
    pub subscription: Option<SubscriptionId>,
    /// The payment that settled it.
    pub payment: Option<PaymentId>,
    /// Through whom it was paid.
    pub provider: String,
    /// The provider's account.
    pub account: String,
    /// The provider's id of it.
    pub reference: Option<String>,
    /// The number that is printed on it.
    pub number: Option<String>,
    /// What it says.
    pub content: Content,
    /// What was bought.
    pub lines: Vec<Line>,
    /// Who bought.
    pub billed_to: Party,
    /// Who sold.
    pub seller: Party,
    /// When it was written.
    pub issued_at: Timestamp,
    /// Counts its changes.
    pub version: i64,
    /// When the provider was asked what was applied last.
    pub synced_at: Option<Timestamp>,
    /// When it was made here.
    pub created_at: Timestamp,
    /// When it last changed here.
    pub updated_at: Timestamp,
}

/// What a bill says, as far as a provider may change it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Content {
    /// Where it stands.
    pub status: InvoiceStatus,
    /// Why it was written, as the provider says.
    pub billing_reason: Option<String>,
    /// Before taxes, in the minor unit of the currency.
    pub subtotal: i64,
    /// Taxes.
    pub tax: i64,
    /// In all.
    pub total: i64,
    /// What was paid of it.
    pub paid: i64,
    /// Of what.
    pub currency: Currency,
    /// A page where it can be seen and paid.
    pub hosted_url: Option<String>,
    /// The same on paper.
    pub pdf_url: Option<String>,
    /// How often it was tried to collect it.
    pub attempts: Option<i64>,
    /// When it is tried next.
    pub next_attempt_at: Option<Timestamp>,
    /// The time that is paid for.
    pub period_start: Option<Timestamp>,
    /// The time that is paid for.
    pub period_end: Option<Timestamp>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

/// Who wrote a bill, and what for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceKind {
    /// The provider's.
    Invoice,
    /// Our own, for a payment.
    Receipt,
    /// Our own, for money that was given back.
    CreditNote,
}

/// Where a bill stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum InvoiceStatus {
    /// Not sent yet.
    Draft,
    /// To be paid.
    Open,
    /// Paid.
    Paid,
    /// Given up.
    Uncollectible,
    /// Taken back.
    Void,
    /// Paid, and given back in part or in full.
    Refunded,
    /// The provider says what can't be understood.
    NeedsReview,
}

/// Something that was bought.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Line {
    /// What.
    pub description: String,
    /// How many.
    pub quantity: i64,
    /// What it costs in all, in the minor unit of the currency.
    pub amount: i64,
}

/// Who bought or sold, as it was when the bill was written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Party {
    /// What they are called.
    pub name: Option<String>,
    /// Where they are.
    pub address: Option<String>,
    /// Under which number they pay taxes.
    pub tax_id: Option<String>,
    /// Where mail reaches them.
    pub email: Option<String>,
}

/// What a receipt is written for.
#[derive(Debug, Clone)]
pub(crate) struct NewReceipt {
    pub(crate) payment: PaymentId,
    pub(crate) organization: OrganizationId,
    pub(crate) subscription: Option<SubscriptionId>,
    pub(crate) provider: String,
    pub(crate) account: String,
    /// What was bought; what the product is called where nothing is said.
    pub(crate) description: Option<String>,
    pub(crate) quantity: i64,
    /// What was paid in all.
    pub(crate) total: Money,
    /// The taxes in it, in the minor unit.
    pub(crate) tax: i64,
    pub(crate) paid_at: Timestamp,
    pub(crate) customer_email: Option<String>,
}

/// Which bills.
#[derive(Debug, Clone, Copy, Default)]
pub struct InvoiceFilter {
    /// Only those of this organization.
    pub organization: Option<OrganizationId>,
    /// Only those that stand there.
    pub status: Option<InvoiceStatus>,
    /// Only those for this subscription.
    pub subscription: Option<SubscriptionId>,
    /// Only those for this payment.
    pub payment: Option<PaymentId>,
}

/// Numbers without gaps, a series a year.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Numbered {
    pub(crate) series: String,
    pub(crate) sequence: i64,
}

impl Numbered {
    /// As it is printed: `2026-000031`.
    pub(crate) fn text(&self) -> String {
        format!("{}-{:06}", self.series, self.sequence)
    }
}

impl InvoiceKind {
    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invoice => "invoice",
            Self::Receipt => "receipt",
            Self::CreditNote => "credit_note",
        }
    }
}

impl InvoiceStatus {
    const ALL: [Self; 7] = [
        Self::Draft,
        Self::Open,
        Self::Paid,
        Self::Uncollectible,
        Self::Void,
        Self::Refunded,
        Self::NeedsReview,
    ];

    /// As the database spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Open => "open",
            Self::Paid => "paid",
            Self::Uncollectible => "uncollectible",
            Self::Void => "void",
            Self::Refunded => "refunded",
            Self::NeedsReview => "needs_review",
        }
    }

    /// What it is after the provider has said `state`: it only moves on, and what is given up may still be paid.
    pub(crate) fn after(self, state: &InvoiceState) -> Self {
        let next = match state {
            InvoiceState::Draft => Self::Draft,
            InvoiceState::Open => Self::Open,
            InvoiceState::Paid => Self::Paid,
            InvoiceState::Uncollectible => Self::Uncollectible,
            InvoiceState::Void => Self::Void,
            InvoiceState::Refunded => Self::Refunded,
            InvoiceState::Unknown(_) => return Self::NeedsReview,
        };
        if next.place() > self.place() { next } else { self }
    }

    const fn place(self) -> u8 {
        match self {
            Self::NeedsReview => 0,
            Self::Draft => 1,
            Self::Open => 2,
            Self::Uncollectible => 3,
            Self::Paid | Self::Void => 4,
            Self::Refunded => 5,
        }
    }
}

/// The database holds what this program did not write.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("an unknown word")]
pub struct UnknownWord;

impl FromStr for InvoiceStatus {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = Self::ALL.into_iter();
        all.find(|status| status.as_str() == text).ok_or(UnknownWord)
    }
}

impl FromStr for InvoiceKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let mut all = [Self::Invoice, Self::Receipt, Self::CreditNote].into_iter();
        all.find(|kind| kind.as_str() == text).ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_only_move_on() {
        let words = [
            InvoiceState::Draft,
            InvoiceState::Open,
            InvoiceState::Paid,
            InvoiceState::Uncollectible,
            InvoiceState::Void,
            InvoiceState::Refunded,
        ];
        for before in InvoiceStatus::ALL {
            for word in &words {
                let after = before.after(word);
                assert!(after.place() >= before.place(), "{before:?} {word:?} {after:?}");
                assert_eq!(after.after(word), after);
            }
            assert_eq!(
                before.after(&InvoiceState::Unknown("x".into())),
                InvoiceStatus::NeedsReview
            );
        }
        for (before, word, after) in [
            (
                InvoiceStatus::Uncollectible,
                InvoiceState::Paid,
                InvoiceStatus::Paid,
            ),
            (InvoiceStatus::Void, InvoiceState::Paid, InvoiceStatus::Void),
            (InvoiceStatus::Paid, InvoiceState::Open, InvoiceStatus::Paid),
            (
                InvoiceStatus::NeedsReview,
                InvoiceState::Open,
                InvoiceStatus::Open,
            ),
        ] {
            assert_eq!(before.after(&word), after);
        }
    }
}
