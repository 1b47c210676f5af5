//! What the database holds when the storm is over.

use std::collections::BTreeMap;

use db::{Db, DbError, Executor as _, FromRow, ReadTx, Row, Tx, args};
use mainstay_acceptance::{Program, Running};
use serde_json::Value;

use super::run::unit;
use super::world::{World, number, text};

/// Lets everything come due that waits for its time, and has the reconciliation run: a schedule makes up for the tick
/// that it missed.
pub(super) async fn let_time_pass(program: &Program) {
    let db = Db::open(&program.database()).unwrap();
    let work = async |tx: &mut Tx| {
        for sql in [
            "UPDATE jobs SET run_at = {after:-1 seconds} WHERE lease_until IS NULL",
            "UPDATE jobs SET lease_until = {after:-1 seconds} WHERE lease_until IS NOT NULL",
            "UPDATE payments SET next_sync_at = {after:-1 seconds} WHERE next_sync_at IS NOT NULL",
            "UPDATE payment_locks SET held_until = {after:-1 seconds}",
            "DELETE FROM schedule_ticks WHERE EXISTS (
                 SELECT 1 FROM schedule_ticks AS other
                 WHERE other.schedule = schedule_ticks.schedule AND other.tick < schedule_ticks.tick
             )",
            "UPDATE schedule_ticks SET tick = {after:-3 hours} WHERE schedule LIKE 'payments.%'",
        ] {
            tx.execute(sql, args![]).await?;
        }
        Ok(())
    };
    db.write::<_, DbError>(work).await.unwrap();
    db.close().await;
}

/// What the server says about what it could not do.
pub(super) async fn troubles(program: &Program, running: &mut Running) -> Vec<String> {
    running.terminate();
    running.ended().await;
    let db = Db::open(&program.database()).unwrap();
    let work = async |tx: &mut ReadTx| {
        let sql = "SELECT kind || ' ' || coalesce(last_error, '') FROM jobs
                   UNION ALL SELECT event_type || ' ' || status || ' ' || coalesce(error, '') FROM payment_events
                   WHERE status <> 'processed' AND status <> 'ignored'
                   LIMIT 50";
        tx.fetch_all::<String>(sql, args![]).await
    };
    let mut found = db.read::<_, DbError>(work).await.unwrap();
    db.close().await;
    let said = running.said();
    let lines = said
        .lines()
        .filter(|line| line.contains("WARN") || line.contains("ERROR"));
    found.extend(lines.take(50).map(str::to_owned));
    found
}

/// What a payment has caused.
struct Caused {
    status: String,
    paid: i64,
    refunded: i64,
    disputed: i64,
    reference: Option<String>,
    succeeded: i64,
    receipts: i64,
    booked: i64,
    booked_back: i64,
    booked_disputed: i64,
}

impl FromRow for Caused {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            status: row.column()?,
            paid: row.column()?,
            refunded: row.column()?,
            disputed: row.column()?,
            reference: row.column()?,
            succeeded: row.column()?,
            receipts: row.column()?,
            booked: row.column()?,
            booked_back: row.column()?,
            booked_disputed: row.column()?,
        })
    }
}

/// Every effect happened once, the books balance, and they say what the provider says.
pub(super) async fn check(program: &Program, world: &World) {
    let db = Db::open(&program.database()).unwrap();
    let work = async |tx: &mut ReadTx| {
        let caused: Vec<Caused> = tx
            .fetch_all(
                "SELECT status, amount_paid, amount_refunded, amount_disputed, provider_reference,
                    (SELECT count(*) FROM activity_logs WHERE action = 'payment.succeeded' AND target_id = payments.id),
                    (SELECT count(*) FROM invoices WHERE invoices.payment_id = payments.id AND kind = 'receipt'),
                    (SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM ledger_entries
                     JOIN ledger_transfers ON ledger_transfers.id = transfer_id
                     WHERE ledger_transfers.payment_id = payments.id AND kind = 'payment' AND account LIKE 'provider:%'),
                    (SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM ledger_entries
                     JOIN ledger_transfers ON ledger_transfers.id = transfer_id
                     WHERE ledger_transfers.payment_id = payments.id AND account = 'refunds'),
                    (SELECT CAST(coalesce(sum(amount), 0) AS bigint) FROM ledger_entries
                     JOIN ledger_transfers ON ledger_transfers.id = transfer_id
                     WHERE ledger_transfers.payment_id = payments.id AND account = 'disputes')
                 FROM payments",
                args![],
            )
            .await?;
        let unbalanced = "SELECT count(*) FROM (SELECT transfer_id FROM ledger_entries GROUP BY transfer_id \
                          HAVING sum(amount) <> 0) AS unbalanced";
        let unbalanced: i64 = tx.fetch_one(unbalanced, args![]).await?;
        let dead = "SELECT count(*) FROM dead_jobs";
        let dead: i64 = tx.fetch_one(dead, args![]).await?;
        Ok((caused, unbalanced, dead))
    };
    let (caused, unbalanced, dead) = db.read::<_, DbError>(work).await.unwrap();
    check_refunds(&db, world).await;
    db.close().await;
    assert_eq!(unbalanced, 0, "transfers do not sum to zero");
    assert_eq!(dead, 0, "jobs were given up");
    let mut wrong = Vec::new();
    for payment in &caused {
        let is_paid = payment.paid > 0;
        let expected = i64::from(is_paid);
        let truth = payment.reference.as_deref().map(|intent| money_of(world, intent));
        let (paid, back, taken) = truth.filter(|_| is_paid).unwrap_or_default();
        let is_right = payment.succeeded == expected
            && payment.receipts <= expected
            && (payment.booked, payment.booked_back, payment.booked_disputed) == (paid, back, taken)
            && (payment.paid, payment.refunded, payment.disputed) == (paid, back, taken)
            && back <= paid;
        if !is_right {
            wrong.push(format!(
                "{:?} {}: {} -{} -{} here, {} -{} -{} in the books, {paid} -{back} -{taken} at the provider, \
                 {} events of success, {} receipts",
                payment.reference,
                payment.status,
                payment.paid,
                payment.refunded,
                payment.disputed,
                payment.booked,
                payment.booked_back,
                payment.booked_disputed,
                payment.succeeded,
                payment.receipts
            ));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong: {wrong:#?}", wrong.len());
}

/// Each refund that was asked for here was made once there, or refused.
async fn check_refunds(db: &Db, world: &World) {
    let work = async |tx: &mut ReadTx| {
        let sql = "SELECT provider_reference, status, amount FROM refunds WHERE requested_by IS NOT NULL";
        tx.fetch_all::<(Option<String>, String, i64)>(sql, args![]).await
    };
    let asked = db.read::<_, DbError>(work).await.unwrap();
    let made = world.objects.values().filter(|object| {
        text(object, "object") == "refund" && !text(&object["metadata"], "refund_id").is_empty()
    });
    let mut made: BTreeMap<&str, i64> = made
        .map(|refund| {
            let unit = unit(text(refund, "currency"));
            (text(refund, "id"), number(refund, "amount") / unit)
        })
        .collect();
    for (reference, status, amount) in &asked {
        let is_made = reference.as_deref().and_then(|reference| made.remove(reference));
        let expected = (status == "succeeded").then_some(*amount);
        assert!(
            is_made == expected && matches!(status.as_str(), "succeeded" | "failed"),
            "{reference:?} {status} {amount}: {is_made:?} at the provider"
        );
    }
    assert!(made.is_empty(), "refunds that nobody here knows of: {made:?}");
}

/// What was paid, given back and taken away at the provider, in minor units.
fn money_of(world: &World, intent: &str) -> (i64, i64, i64) {
    let Some(found) = world
        .objects
        .get(intent)
        .filter(|found| found["latest_charge"].is_string())
    else {
        return (0, 0, 0);
    };
    let (charge, unit) = (world.charge_of(intent), unit(text(found, "currency")));
    let dispute = world.dispute_of(intent);
    let transactions = dispute
        .as_ref()
        .map(|dispute| dispute["balance_transactions"].clone());
    let taken: i64 = transactions
        .iter()
        .flat_map(|list| list.as_array().unwrap())
        .map(|transaction: &Value| -number(transaction, "amount"))
        .sum();
    (
        number(&charge, "amount") / unit,
        number(&charge, "amount_refunded") / unit,
        taken / unit,
    )
}
