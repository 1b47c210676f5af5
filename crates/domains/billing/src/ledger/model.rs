//! Transfers and what they are made of.

pub(crate) mod figures;

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use kernel::{Currency, LedgerTransferId, OrganizationId, PaymentId, Timestamp};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The prefix of accounts of providers.
const PROVIDER: &str = "provider:";

/// An account of the ledger. A debit is positive: what a provider owes us, what was given back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Account {
    /// What the provider of this name holds for us.
    Provider(Cow<'static, str>),
    /// What was sold, without the taxes that the provider answers for.
    Revenue,
    /// What was given back, in all.
    Refunds,
    /// What banks took back, less what they returned.
    Disputes,
    /// Taxes that the provider answers for.
    Tax,
    /// What providers kept for themselves.
    Fees,
}

/// Why something was booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TransferKind {
    /// A payment arrived.
    Payment,
    /// Money was given back.
    Refund,
    /// A bank took money for a dispute, or returned it.
    Dispute,
    /// The provider's fee became known.
    Fee,
}

/// A transfer that was written.
#[derive(Debug, Clone)]
pub(crate) struct Transfer {
    pub(crate) id: LedgerTransferId,
    pub(crate) effect_key: String,
    pub(crate) kind: TransferKind,
    pub(crate) organization: OrganizationId,
    pub(crate) payment: PaymentId,
    pub(crate) currency: Currency,
    pub(crate) occurred_at: Timestamp,
    pub(crate) created_at: Timestamp,
    /// Accounts and amounts, in order.
    pub(crate) entries: Vec<(Account, i64)>,
}

/// Which transfers are asked for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct TransferFilter {
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) payment: Option<PaymentId>,
}

/// What is on an account.
#[derive(Debug, Clone)]
pub(crate) struct Balance {
    pub(crate) account: Account,
    pub(crate) currency: Currency,
    pub(crate) amount: i64,
}

/// A text names no account, or no kind of transfer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the ledger has no such word")]
pub struct UnknownWord;

/// A transfer that is to be written.
///
/// | kind | entries |
/// |---|---|
/// | payment | `provider` + what was paid, `revenue` − what of it is ours, `tax` − taxes |
/// | fee | `fees` + fee, `provider` − fee |
/// | refund | `refunds` + what was given back, `provider` − the same |
/// | dispute | `disputes` + what was taken, `provider` − the same; the other way round where it was returned |
#[derive(Debug, Clone)]
pub struct NewTransfer {
    /// The same for each repetition: `payment:pay_…:succeeded`.
    pub effect_key: String,
    /// Why.
    pub kind: TransferKind,
    /// Who pays.
    pub organization_id: OrganizationId,
    /// Of which payment.
    pub payment_id: PaymentId,
    /// Of what.
    pub currency: Currency,
    /// Accounts and amounts, which sum to zero.
    pub entries: Vec<(Account, i64)>,
    /// When it happened.
    pub occurred_at: Timestamp,
}

impl Account {
    /// The account of a provider.
    pub const fn provider(name: &'static str) -> Self {
        Self::Provider(Cow::Borrowed(name))
    }
}

impl NewTransfer {
    /// The entries that change anything; none where they don't sum to zero, or can't be added up.
    pub(super) fn balanced(&self) -> Option<Vec<(&Account, i64)>> {
        let mut amounts = self.entries.iter().map(|(_, amount)| *amount);
        let sum = amounts.try_fold(0_i64, i64::checked_add)?;
        let entries = self.entries.iter().filter(|(_, amount)| *amount != 0);
        (sum == 0).then(|| entries.map(|(account, amount)| (account, *amount)).collect())
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Provider(name) => write!(f, "{PROVIDER}{name}"),
            Self::Revenue => f.write_str("revenue"),
            Self::Refunds => f.write_str("refunds"),
            Self::Disputes => f.write_str("disputes"),
            Self::Tax => f.write_str("tax"),
            Self::Fees => f.write_str("fees"),
        }
    }
}

impl FromStr for Account {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        Ok(match text {
            "revenue" => Self::Revenue,
            "refunds" => Self::Refunds,
            "disputes" => Self::Disputes,
            "tax" => Self::Tax,
            "fees" => Self::Fees,
            _ => {
                let name = text.strip_prefix(PROVIDER).filter(|name| !name.is_empty());
                Self::Provider(Cow::Owned(name.ok_or(UnknownWord)?.to_owned()))
            }
        })
    }
}

impl TransferKind {
    /// As it is written down.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Refund => "refund",
            Self::Dispute => "dispute",
            Self::Fee => "fee",
        }
    }
}

impl FromStr for TransferKind {
    type Err = UnknownWord;

    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let kinds = [Self::Payment, Self::Refund, Self::Dispute, Self::Fee];
        let mut kinds = kinds.into_iter();
        kinds.find(|kind| kind.as_str() == text).ok_or(UnknownWord)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn transfer(amounts: &[i64]) -> NewTransfer {
        NewTransfer {
            effect_key: "key".into(),
            kind: TransferKind::Payment,
            organization_id: OrganizationId::from_uuid(uuid::Uuid::nil()),
            payment_id: PaymentId::from_uuid(uuid::Uuid::nil()),
            currency: "USD".parse().unwrap(),
            entries: amounts.iter().map(|amount| (Account::Fees, *amount)).collect(),
            occurred_at: Timestamp::from_unix_seconds(0).unwrap(),
        }
    }

    #[test]
    fn accounts_are_read_as_they_are_written() {
        for text in ["provider:stripe", "revenue", "refunds", "disputes", "tax", "fees"] {
            assert_eq!(text.parse::<Account>().unwrap().to_string(), text);
        }
        for text in ["", "provider:", "Revenue", "cash"] {
            assert_eq!(text.parse::<Account>(), Err(UnknownWord), "{text}");
        }
    }

    #[test]
    fn what_does_not_sum_to_zero_is_no_transfer() {
        for amounts in [
            &[1_i64][..],
            &[1, -2],
            &[i64::MAX, 1, i64::MIN],
            &[i64::MIN, -1, 1],
        ] {
            assert!(transfer(amounts).balanced().is_none(), "{amounts:?}");
        }
        let fees = Account::Fees;
        assert_eq!(transfer(&[]).balanced(), Some(vec![]));
        assert_eq!(
            transfer(&[5, 0, -5]).balanced(),
            Some(vec![(&fees, 5), (&fees, -5)])
        );
        assert!(transfer(&[i64::MAX, -i64::MAX]).balanced().is_some());
    }

    proptest! {
        #[test]
        fn sums_are_exact(amounts: Vec<i64>) {
            let wide: i128 = amounts.iter().map(|amount| i128::from(*amount)).sum();
            if transfer(&amounts).balanced().is_some() {
                prop_assert_eq!(wide, 0);
            }
        }
    }
}
