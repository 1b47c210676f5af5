//! What is asked and answered about the books.

use garde::Validate;
use kernel::{Currency, LedgerTransferId, OrganizationId, PaymentId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ledger::model::figures::{Day, Figures, Interval, Range};
use crate::ledger::model::{Account, Balance, Transfer, TransferFilter, TransferKind};

/// How many days there are figures of when nothing is said, besides the last.
const USUAL: u64 = 30;

/// Which figures are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct FiguresQuery {
    /// The first day, in UTC; 30 days before the last when nothing is said.
    #[garde(skip)]
    from: Option<Day>,
    /// The last day, in UTC; today when nothing is said.
    #[garde(skip)]
    to: Option<Day>,
    /// What a row stands for; a day when nothing is said.
    #[garde(skip)]
    interval: Option<Interval>,
    /// Only of this currency.
    #[garde(skip)]
    currency: Option<Currency>,
}

/// Which transfers are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct TransfersQuery {
    /// Only those about what this organization pays.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// Only those about this payment.
    #[garde(skip)]
    payment_id: Option<PaymentId>,
}

/// What is on the accounts.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LedgerBalancesBody {
    /// All of them.
    pub(super) data: Vec<LedgerBalanceBody>,
}

/// What is on an account.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LedgerBalanceBody {
    /// `provider:` and a name, `revenue`, `refunds`, `disputes`, `tax` or `fees`.
    #[schemars(extend("example" = "provider:stripe"))]
    account: String,
    /// The currency.
    currency: Currency,
    /// In minor units; a debit is positive.
    #[schemars(extend("example" = 199_900))]
    amount: i64,
}

/// Figures by time.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LedgerFiguresBody {
    /// In order.
    pub(super) data: Vec<FiguresBody>,
}

/// What happened in a time, in minor units.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "LedgerFigures")]
pub(super) struct FiguresBody {
    /// The day, or the month.
    #[schemars(extend("example" = "2026-11-24"))]
    period: String,
    /// The currency.
    currency: Currency,
    /// What was sold, without taxes that providers answer for.
    #[schemars(extend("example" = 199_900))]
    gross: i64,
    /// What was given back.
    #[schemars(extend("example" = 1_999))]
    refunds: i64,
    /// What banks took back, less what they returned.
    #[schemars(extend("example" = 0))]
    disputes: i64,
    /// Taxes that providers answer for.
    #[schemars(extend("example" = 0))]
    tax: i64,
    /// What providers kept for themselves, where they say so.
    #[schemars(extend("example" = 5_800))]
    fees: i64,
    /// What is left: gross less refunds, disputes and fees.
    #[schemars(extend("example" = 192_101))]
    net: i64,
}

/// A transfer.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct LedgerTransferBody {
    /// Its id.
    id: LedgerTransferId,
    /// What it was booked for, once.
    #[schemars(extend("example" = "payment:pay_01k9q3v8x4f0r9y7t2m5n6p8w1"))]
    effect_key: String,
    /// Why.
    kind: TransferKind,
    /// Who pays.
    organization_id: OrganizationId,
    /// Of which payment.
    payment_id: PaymentId,
    /// The currency.
    currency: Currency,
    /// What was moved; the amounts sum to zero.
    entries: Vec<LedgerEntryBody>,
    /// When it happened.
    occurred_at: Timestamp,
    /// When it was written.
    created_at: Timestamp,
}

/// An entry.
#[derive(Debug, Serialize, JsonSchema)]
struct LedgerEntryBody {
    /// The account.
    #[schemars(extend("example" = "revenue"))]
    account: String,
    /// In minor units; a debit is positive.
    #[schemars(extend("example" = -1_999))]
    amount: i64,
}

impl FiguresQuery {
    pub(super) fn range(&self, today: Day) -> Range {
        let to = self.to.unwrap_or(today);
        Range {
            from: self.from.unwrap_or_else(|| to.minus_days(USUAL)),
            to,
            interval: self.interval.unwrap_or(Interval::Day),
            currency: self.currency,
        }
    }
}

impl From<TransfersQuery> for TransferFilter {
    fn from(query: TransfersQuery) -> Self {
        Self {
            organization: query.organization_id,
            payment: query.payment_id,
        }
    }
}

impl From<Balance> for LedgerBalanceBody {
    fn from(balance: Balance) -> Self {
        Self {
            account: balance.account.to_string(),
            currency: balance.currency,
            amount: balance.amount,
        }
    }
}

impl From<(String, Currency, Figures)> for FiguresBody {
    fn from((period, currency, figures): (String, Currency, Figures)) -> Self {
        Self {
            period,
            currency,
            gross: figures.gross,
            refunds: figures.refunds,
            disputes: figures.disputes,
            tax: figures.tax,
            fees: figures.fees,
            net: figures.net(),
        }
    }
}

impl From<Transfer> for LedgerTransferBody {
    fn from(transfer: Transfer) -> Self {
        Self {
            id: transfer.id,
            effect_key: transfer.effect_key,
            kind: transfer.kind,
            organization_id: transfer.organization,
            payment_id: transfer.payment,
            currency: transfer.currency,
            entries: transfer.entries.into_iter().map(LedgerEntryBody::from).collect(),
            occurred_at: transfer.occurred_at,
            created_at: transfer.created_at,
        }
    }
}

impl From<(Account, i64)> for LedgerEntryBody {
    fn from((account, amount): (Account, i64)) -> Self {
        Self {
            account: account.to_string(),
            amount,
        }
    }
}
