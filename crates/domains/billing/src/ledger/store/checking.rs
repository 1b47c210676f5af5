//! What checks read. Each looks at what belongs together by one statement, which sees one state of it.

use db::{DbError, Executor, FromRow, Row, args};
use kernel::{LedgerTransferId, PaymentId, Timestamp};

/// A transfer, and what its entries come to.
pub(crate) struct Weighed {
    pub(crate) id: LedgerTransferId,
    /// None where there are no entries.
    pub(crate) sum: Option<i64>,
    /// Whether there is a payment that it is about, in the same currency.
    pub(crate) has_payment: bool,
}

impl FromRow for Weighed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            sum: row.column()?,
            has_payment: row.column()?,
        })
    }
}

/// The sum of a day as it is kept, and as it is counted.
pub(crate) struct Counted {
    pub(crate) account: String,
    pub(crate) currency: String,
    pub(crate) kept: i64,
    pub(crate) entries: i64,
}

impl FromRow for Counted {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            account: row.column()?,
            currency: row.column()?,
            kept: row.column()?,
            entries: row.column()?,
        })
    }
}

/// What a payment says, and what is booked about it.
pub(crate) struct Booked {
    pub(crate) id: PaymentId,
    pub(crate) said: Totals,
    pub(crate) entries: Totals,
}

/// What was paid, given back and disputed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) paid: i64,
    pub(crate) refunded: i64,
    pub(crate) disputed: i64,
}

impl FromRow for Totals {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            paid: row.column()?,
            refunded: row.column()?,
            disputed: row.column()?,
        })
    }
}

impl FromRow for Booked {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            said: Totals::from_row(row)?,
            entries: Totals::from_row(row)?,
        })
    }
}

/// Transfers after `after`, in the order of their ids.
pub(crate) async fn list_weighed(
    db: &mut impl Executor,
    after: LedgerTransferId,
    limit: u32,
) -> Result<Vec<Weighed>, DbError> {
    db.fetch_all(
        "SELECT page.id,
                (SELECT CAST(SUM(amount) AS BIGINT) FROM ledger_entries WHERE transfer_id = page.id),
                EXISTS (SELECT 1 FROM payments WHERE id = page.payment_id AND currency = page.currency)
         FROM (SELECT id, payment_id, currency FROM ledger_transfers WHERE id > $1 ORDER BY id LIMIT $2) AS page
         ORDER BY page.id",
        args![after, limit],
    )
    .await
}

/// The first day after `after` about which anything is written; `from` is its first moment afterwards.
pub(crate) async fn find_next_day(
    db: &mut impl Executor,
    after: &str,
    from: Timestamp,
) -> Result<(Option<String>, Option<Timestamp>), DbError> {
    db.fetch_one(
        "SELECT (SELECT MIN(day) FROM ledger_days WHERE day > $1),
                (SELECT MIN(occurred_at) FROM ledger_transfers WHERE occurred_at >= $2)",
        args![after, from],
    )
    .await
}

/// The sums of a day that are not those of its entries.
pub(crate) async fn list_miscounted(
    db: &mut impl Executor,
    day: &str,
    (begin, end): (Timestamp, Timestamp),
) -> Result<Vec<Counted>, DbError> {
    db.fetch_all(
        "SELECT account, currency, CAST(SUM(kept) AS BIGINT), CAST(SUM(counted) AS BIGINT)
         FROM (
             SELECT account, currency, amount AS kept, 0 AS counted FROM ledger_days WHERE day = $1
             UNION ALL
             SELECT ledger_entries.account, ledger_transfers.currency, 0, ledger_entries.amount
             FROM ledger_transfers JOIN ledger_entries ON ledger_entries.transfer_id = ledger_transfers.id
             WHERE ledger_transfers.occurred_at >= $2 AND ledger_transfers.occurred_at < $3
         ) AS sums
         GROUP BY account, currency
         HAVING SUM(kept) <> SUM(counted)
         ORDER BY account, currency",
        args![day, begin, end],
    )
    .await
}

/// Payments after `after`, in the order of their ids.
pub(crate) async fn list_booked(
    db: &mut impl Executor,
    after: PaymentId,
    limit: u32,
) -> Result<Vec<Booked>, DbError> {
    db.fetch_all(
        "SELECT page.id, page.amount_paid, page.amount_refunded, page.amount_disputed,
                CAST(COALESCE(SUM(CASE WHEN entry.account IN ('revenue', 'tax') THEN -entry.amount ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN entry.account = 'refunds' THEN entry.amount ELSE 0 END), 0) AS BIGINT),
                CAST(COALESCE(SUM(CASE WHEN entry.account = 'disputes' THEN entry.amount ELSE 0 END), 0) AS BIGINT)
         FROM (
             SELECT id, amount_paid, amount_refunded, amount_disputed FROM payments
             WHERE id > $1 ORDER BY id LIMIT $2
         ) AS page
         LEFT JOIN ledger_transfers AS transfer ON transfer.payment_id = page.id
         LEFT JOIN ledger_entries AS entry ON entry.transfer_id = transfer.id
         GROUP BY page.id, page.amount_paid, page.amount_refunded, page.amount_disputed
         ORDER BY page.id",
        args![after, limit],
    )
    .await
}
