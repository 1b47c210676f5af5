//! Reading the books.

use std::collections::HashMap;

use db::{DbError, Executor, Filter, FromRow, Row, args};
use kernel::{Currency, LedgerTransferId, Page, PageRequest, Position};
use serde_json::{Value, json};

use crate::ledger::model::figures::{Interval, Range, Sum};
use crate::ledger::model::{Account, Balance, Transfer, TransferFilter};

impl FromRow for Balance {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            account: row.parsed()?,
            currency: row.parsed()?,
            amount: row.column()?,
        })
    }
}

impl FromRow for Sum {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            period: row.column()?,
            currency: row.parsed()?,
            account: row.parsed()?,
            amount: row.column()?,
        })
    }
}

impl FromRow for Transfer {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            effect_key: row.column()?,
            kind: row.parsed()?,
            organization: row.column()?,
            payment: row.column()?,
            currency: row.parsed()?,
            occurred_at: row.column()?,
            created_at: row.column()?,
            entries: Vec::new(),
        })
    }
}

/// An entry of a transfer.
struct Entry {
    transfer: LedgerTransferId,
    account: Account,
    amount: i64,
}

impl FromRow for Entry {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            transfer: row.column()?,
            account: row.parsed()?,
            amount: row.column()?,
        })
    }
}

/// What is on each account in each currency.
pub(crate) async fn list_balances(db: &mut impl Executor) -> Result<Vec<Balance>, DbError> {
    db.fetch_all(
        "SELECT account, currency, CAST(SUM(amount) AS BIGINT) FROM ledger_days
         GROUP BY account, currency
         ORDER BY account, currency",
        args![],
    )
    .await
}

/// The sums of the accounts in each time of a range.
pub(crate) async fn list_sums(db: &mut impl Executor, range: &Range) -> Result<Vec<Sum>, DbError> {
    let (from, to) = (range.from.to_string(), range.to.to_string());
    let currency = range.currency.map(Currency::code);
    let sql = match range.interval {
        Interval::Day => {
            "SELECT day, currency, account, CAST(SUM(amount) AS BIGINT) FROM ledger_days
             WHERE day BETWEEN $1 AND $2 AND ($3{text} IS NULL OR currency = $3{text})
             GROUP BY day, currency, account"
        }
        Interval::Month => {
            "SELECT substr(day, 1, 7), currency, account, CAST(SUM(amount) AS BIGINT) FROM ledger_days
             WHERE day BETWEEN $1 AND $2 AND ($3{text} IS NULL OR currency = $3{text})
             GROUP BY substr(day, 1, 7), currency, account"
        }
    };
    db.fetch_all(sql, args![from, to, currency]).await
}

/// The newest first, with their entries.
pub(crate) async fn list(
    db: &mut impl Executor,
    filter: TransferFilter,
    page: &PageRequest,
) -> Result<Page<Transfer>, DbError> {
    let after = page.after.as_ref().map(|position| args![position.id]);
    let narrowed = Filter::new(args![])
        .and_some("organization_id = $?", filter.organization)
        .and_some("payment_id = $?", filter.payment)
        .and_args("id < $?{uuid}", after);
    let rows = db
        .fetch_filtered::<Transfer>(
            "SELECT id, effect_key, kind, organization_id, payment_id, currency, occurred_at, created_at
             FROM ledger_transfers
             WHERE TRUE",
            narrowed,
            "ORDER BY id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    let mut page = Page::from_fetched(rows, page, |transfer| Position {
        key: String::new(),
        id: transfer.id.uuid(),
    });
    let mut entries = entries_of(db, &page.items).await?;
    for transfer in &mut page.items {
        transfer.entries = entries.remove(&transfer.id).unwrap_or_default();
    }
    Ok(page)
}

async fn entries_of(
    db: &mut impl Executor,
    transfers: &[Transfer],
) -> Result<HashMap<LedgerTransferId, Vec<(Account, i64)>>, DbError> {
    let ids: Value = transfers
        .iter()
        .map(|transfer| json!(transfer.id.uuid()))
        .collect();
    let rows = db.fetch_all::<Entry>(
        "SELECT transfer_id, account, amount FROM ledger_entries
         WHERE transfer_id {in_uuids:$1}
         ORDER BY transfer_id, position",
        args![ids],
    );
    let mut entries: HashMap<_, Vec<_>> = HashMap::new();
    for entry in rows.await? {
        let of_transfer = entries.entry(entry.transfer).or_default();
        of_transfer.push((entry.account, entry.amount));
    }
    Ok(entries)
}
