//! The tables of the ledger. Nothing here changes or deletes what is written; `ledger_days` are sums of it.

pub(super) mod checking;
pub(super) mod reading;

use std::collections::BTreeMap;

use db::{DbError, Executor as _, Tx, args};
use kernel::{Currency, LedgerTransferId, Timestamp};
use serde_json::{Value, json};

use super::model::{Account, NewTransfer};

/// `false` when a transfer of this effect is there already.
pub(super) async fn insert(
    tx: &mut Tx,
    id: LedgerTransferId,
    transfer: &NewTransfer,
    now: Timestamp,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO ledger_transfers
            (id, effect_key, kind, organization_id, payment_id, currency, occurred_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (effect_key) DO NOTHING",
        args![
            id,
            &transfer.effect_key,
            transfer.kind.as_str(),
            transfer.organization_id,
            transfer.payment_id,
            transfer.currency.code(),
            transfer.occurred_at,
            now,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(super) async fn insert_entries(
    tx: &mut Tx,
    id: LedgerTransferId,
    entries: &[(&Account, i64)],
) -> Result<(), DbError> {
    let entries = entries.iter().enumerate().map(|(position, (account, amount))| {
        // As text, because the numbers of JSON are not exact everywhere.
        json!({ "position": position, "account": account.to_string(), "amount": amount.to_string() })
    });
    tx.execute(
        "INSERT INTO ledger_entries (transfer_id, position, account, amount)
         SELECT $1{uuid}, CAST(each.value->>'position' AS BIGINT), each.value->>'account',
             CAST(each.value->>'amount' AS BIGINT)
         FROM {each:$2}",
        args![id, Value::Array(entries.collect())],
    )
    .await
    .map(drop)
}

/// Adds to the sums of a day, in the order of the accounts: who writes to the same ones waits and does not lock up.
pub(super) async fn add_to_day(
    tx: &mut Tx,
    currency: Currency,
    day: &str,
    sums: &BTreeMap<String, i64>,
) -> Result<(), DbError> {
    let sums = sums
        .iter()
        .map(|(account, amount)| json!({ "account": account, "amount": amount.to_string() }));
    tx.execute(
        "INSERT INTO ledger_days (account, currency, day, amount)
         SELECT each.value->>'account', $1{text}, $2{text}, CAST(each.value->>'amount' AS BIGINT)
         FROM {each:$3}
         WHERE TRUE
         ON CONFLICT (account, currency, day) DO UPDATE SET amount = ledger_days.amount + excluded.amount",
        args![currency.code(), day, Value::Array(sums.collect())],
    )
    .await
    .map(drop)
}
