//! The books, over a real database.

use std::sync::Arc;

use db::Tx;
use kernel::{OrganizationId, PageRequest, PaymentId};
use uuid::Uuid;

use super::jobs::CheckLedgerHandler;
use super::model::figures::{Day, Figures, Interval, Range};
use super::model::{Account, NewTransfer, TransferFilter, TransferKind};
use super::service::Ledger;
use super::work::CheckLedger;
use crate::drift::service::Drifts;
use crate::error::BillingError;
use crate::testing::Billing;

fn transfer(effect_key: &str, entries: Vec<(Account, i64)>) -> NewTransfer {
    NewTransfer {
        effect_key: effect_key.to_owned(),
        kind: TransferKind::Payment,
        organization_id: OrganizationId::from_uuid(Uuid::from_u128(1)),
        payment_id: PaymentId::from_uuid(Uuid::from_u128(2)),
        currency: "USD".parse().unwrap(),
        entries,
        occurred_at: "2026-03-05T23:59:59.999Z".parse().unwrap(),
    }
}

fn sale() -> Vec<(Account, i64)> {
    vec![
        (Account::provider("till"), 1190),
        (Account::Revenue, -1000),
        (Account::Tax, -190),
        (Account::Fees, 0),
    ]
}

async fn post(billing: &Billing, transfer: NewTransfer) -> Result<bool, BillingError> {
    let ledger = Ledger::new(billing.machinery.clone());
    let work = async move |tx: &mut Tx| ledger.post(tx, &transfer).await;
    billing.db().write(work).await
}

#[tokio::test]
async fn a_transfer_is_written_with_its_entries_and_the_sums_of_its_day() {
    let billing = Billing::open().await;
    assert!(post(&billing, transfer("a", sale())).await.unwrap());
    assert!(post(&billing, transfer("b", sale())).await.unwrap());
    let refund = vec![(Account::Refunds, 190), (Account::provider("till"), -190)];
    assert!(post(&billing, transfer("c", refund)).await.unwrap());
    let days: Vec<(String, String, i64)> = billing
        .rows("SELECT account, day, amount FROM ledger_days ORDER BY account")
        .await;
    let day = |account: &str, amount| (account.to_owned(), "2026-03-05".to_owned(), amount);
    let expected = [
        day("provider:till", 2190),
        day("refunds", 190),
        day("revenue", -2000),
        day("tax", -380),
    ];
    assert_eq!(days, expected);
    assert_eq!(billing.number("SELECT count(*) FROM ledger_entries").await, 8);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_effect_is_booked_once_however_often_it_is_posted_at_once() {
    let billing = Arc::new(Billing::open().await);
    let tasks: Vec<_> = (0..20)
        .map(|number| {
            let billing = Arc::clone(&billing);
            let key = if number % 2 == 0 { "a" } else { "b" };
            tokio::spawn(async move { post(&billing, transfer(key, sale())).await.unwrap() })
        })
        .collect();
    let mut booked = 0;
    for task in tasks {
        booked += usize::from(task.await.unwrap());
    }
    assert_eq!(booked, 2);
    assert_eq!(billing.number("SELECT count(*) FROM ledger_entries").await, 6);
    let sum = "SELECT amount FROM ledger_days WHERE account = 'provider:till'";
    assert_eq!(billing.number(sum).await, 2380);
}

#[tokio::test]
async fn what_does_not_sum_to_zero_is_refused_and_what_moves_nothing_is_not_written() {
    let billing = Billing::open().await;
    for entries in [
        vec![(Account::Revenue, -1)],
        vec![(Account::Revenue, -1), (Account::Fees, 2)],
        vec![
            (Account::Revenue, i64::MAX),
            (Account::Fees, i64::MAX),
            (Account::Tax, 2),
        ],
    ] {
        let refused = post(&billing, transfer("a", entries)).await;
        assert!(matches!(refused, Err(BillingError::Unbalanced)), "{refused:?}");
    }
    assert!(
        !post(&billing, transfer("a", vec![(Account::Fees, 0)]))
            .await
            .unwrap()
    );
    assert_eq!(billing.number("SELECT count(*) FROM ledger_transfers").await, 0);
}

#[tokio::test]
async fn nothing_is_booked_where_its_cause_is_rolled_back() {
    let billing = Billing::open().await;
    let ledger = Ledger::new(billing.machinery.clone());
    let work = async move |tx: &mut Tx| {
        assert!(ledger.post(tx, &transfer("a", sale())).await?);
        Err::<(), _>(BillingError::NotFound)
    };
    assert!(billing.db().write(work).await.is_err());
    assert_eq!(billing.number("SELECT count(*) FROM ledger_days").await, 0);
    assert!(post(&billing, transfer("a", sale())).await.unwrap());
}

fn range(from: &str, to: &str, interval: Interval) -> Range {
    let [from, to]: [Day; 2] = [from, to].map(|day| day.parse().unwrap());
    Range {
        from,
        to,
        interval,
        currency: None,
    }
}

#[tokio::test]
async fn the_books_are_read_as_balances_figures_and_transfers() {
    let billing = Billing::open().await;
    let ledger = Ledger::new(billing.machinery.clone());
    post(&billing, transfer("a", sale())).await.unwrap();
    let mut refund = transfer(
        "b",
        vec![(Account::Refunds, 190), (Account::provider("till"), -190)],
    );
    refund.occurred_at = "2026-04-01T00:00:00Z".parse().unwrap();
    post(&billing, refund).await.unwrap();
    let mut yen = transfer(
        "c",
        vec![(Account::provider("till"), 500), (Account::Revenue, -500)],
    );
    yen.currency = "JPY".parse().unwrap();
    yen.payment_id = PaymentId::from_uuid(Uuid::from_u128(3));
    post(&billing, yen).await.unwrap();

    let balances = ledger.balances().await.unwrap();
    let balances: Vec<_> = balances
        .iter()
        .map(|balance| {
            (
                balance.account.to_string(),
                balance.currency.code(),
                balance.amount,
            )
        })
        .collect();
    let balance = |account: &str, currency, amount| (account.to_owned(), currency, amount);
    let expected = [
        balance("provider:till", "JPY", 500),
        balance("provider:till", "USD", 1000),
        balance("refunds", "USD", 190),
        balance("revenue", "JPY", -500),
        balance("revenue", "USD", -1000),
        balance("tax", "USD", -190),
    ];
    assert_eq!(balances, expected);

    let sold = Figures {
        gross: 1000,
        tax: 190,
        ..Figures::default()
    };
    let returned = Figures {
        refunds: 190,
        ..Figures::default()
    };
    let days = range("2026-03-05", "2026-04-01", Interval::Day);
    let rows = ledger.figures(days).await.unwrap();
    let rows: Vec<_> = rows
        .iter()
        .filter(|(_, currency, _)| currency.code() == "USD")
        .map(|(period, _, figures)| (period.as_str(), *figures))
        .collect();
    assert_eq!(rows, [("2026-03-05", sold), ("2026-04-01", returned)]);
    let only_yen = Range {
        currency: Some("JPY".parse().unwrap()),
        ..range("2026-01-01", "2026-12-31", Interval::Month)
    };
    let rows = ledger.figures(only_yen).await.unwrap();
    assert_eq!(
        (rows.len(), rows[0].0.as_str(), rows[0].2.net()),
        (1, "2026-03", 500)
    );
    for refused in [
        range("2026-03-05", "2026-03-04", Interval::Day),
        range("2025-03-05", "2026-03-07", Interval::Day),
        range("2010-03-05", "2026-03-05", Interval::Month),
    ] {
        let figures = ledger.figures(refused).await;
        assert!(matches!(figures, Err(BillingError::Invalid(_))));
    }

    let page = |limit, after| PageRequest::new(limit, after);
    let first = ledger
        .list(TransferFilter::default(), page(2, None))
        .await
        .unwrap();
    let second = ledger
        .list(TransferFilter::default(), page(2, first.next.clone()))
        .await
        .unwrap();
    let keys: Vec<_> = [&first, &second]
        .iter()
        .flat_map(|page| page.items.iter().map(|transfer| transfer.effect_key.as_str()))
        .collect();
    assert_eq!((keys, &second.next), (vec!["c", "b", "a"], &None));
    assert_eq!(second.items[0].entries, sale()[..3]);
    let of_payment = TransferFilter {
        payment: Some(PaymentId::from_uuid(Uuid::from_u128(3))),
        organization: Some(OrganizationId::from_uuid(Uuid::from_u128(1))),
    };
    let found = ledger.list(of_payment, page(50, None)).await.unwrap();
    assert_eq!((found.items.len(), found.next), (1, None));
}

/// Checks the books, and says what was found.
async fn check(billing: &Billing) -> Vec<(String, String)> {
    let mut registry = jobs::Registry::new();
    registry.on(CheckLedgerHandler {
        ledger: Ledger::new(billing.machinery.clone()),
        drifts: Drifts::new(billing.machinery.clone()),
    });
    let queue = billing.machinery.queue.clone();
    let enqueue = async move |tx: &mut Tx| queue.enqueue(tx, &CheckLedger::beginning()).await;
    billing.db().write::<_, db::DbError>(enqueue).await.unwrap();
    let drained = jobs::drain(billing.db(), &billing.machinery.queue, &registry);
    assert_eq!(drained.await.unwrap().failed.len(), 0);
    let sql = "SELECT kind, detail FROM payment_drifts WHERE resolved_at IS NULL ORDER BY kind, detail";
    billing.rows(sql).await
}

/// A sale of a payment that says the same.
async fn sell(billing: &Billing) -> PaymentId {
    let id = billing.payment(None).await;
    let sold = NewTransfer {
        payment_id: id,
        ..transfer(&format!("payment:{id}"), sale())
    };
    post(billing, sold).await.unwrap();
    billing
        .execute("UPDATE payments SET amount_paid = 1190 WHERE amount_paid = 0")
        .await;
    id
}

#[tokio::test]
async fn books_that_agree_are_left_alone() {
    let billing = Billing::open().await;
    assert_eq!(check(&billing).await, []);
    for _ in 0..3 {
        sell(&billing).await;
    }
    billing.payment(None).await;
    assert_eq!(check(&billing).await, []);
}

#[tokio::test]
async fn whatever_does_not_agree_in_the_books_is_found() {
    let billing = Billing::open().await;
    sell(&billing).await;
    sell(&billing).await;
    // As somebody might who writes past the program.
    for (damage, kind, detail) in [
        (
            "UPDATE payments SET amount_refunded = 5 WHERE id = (SELECT id FROM payments ORDER BY id DESC LIMIT 1)",
            "ledger_payment_differs",
            "paid 1190, given back 5, disputed 0; booked are 1190, 0 and 0",
        ),
        (
            "UPDATE ledger_days SET amount = amount + 1 WHERE account = 'revenue'",
            "ledger_day_differs",
            "-1999 is kept as its sum, and its entries come to -2000",
        ),
        (
            "DELETE FROM ledger_days WHERE account <> 'revenue' OR amount <> -1999",
            "ledger_day_differs",
            "0 is kept as its sum, and its entries come to -380",
        ),
        (
            "UPDATE ledger_transfers SET currency = 'EUR' WHERE id = (SELECT id FROM ledger_transfers ORDER BY id DESC LIMIT 1)",
            "ledger_transfer_orphaned",
            "there is no payment of this currency that it is about",
        ),
        (
            "DELETE FROM ledger_entries WHERE account = 'tax' AND transfer_id = (SELECT id FROM ledger_transfers ORDER BY id LIMIT 1)",
            "ledger_transfer_unbalanced",
            "its entries sum to 190",
        ),
        (
            "DELETE FROM ledger_entries WHERE transfer_id = (SELECT id FROM ledger_transfers ORDER BY id DESC LIMIT 1)",
            "ledger_transfer_unbalanced",
            "it has no entries",
        ),
    ] {
        billing.execute(damage).await;
        let found = check(&billing).await;
        let expected = (kind.to_owned(), detail.to_owned());
        assert!(found.contains(&expected), "{expected:?} in {found:?}");
    }
    let (before, heard) = (check(&billing).await, billing.heard("payment_drift.found"));
    assert_eq!(check(&billing).await, before);
    assert_eq!(billing.heard("payment_drift.found"), heard);
}

#[tokio::test]
async fn many_are_checked_part_by_part() {
    let billing = Billing::open().await;
    for day in 0..45_u64 {
        let mut sold = transfer(&format!("sale {day}"), sale());
        sold.payment_id = sell(&billing).await;
        sold.occurred_at = sold.occurred_at.minus(std::time::Duration::from_hours(24 * day));
        post(&billing, sold).await.unwrap();
    }
    billing.execute("UPDATE payments SET amount_paid = 2380").await;
    assert_eq!(check(&billing).await, []);
    billing
        .execute("UPDATE ledger_days SET amount = amount - 1 WHERE day = (SELECT MIN(day) FROM ledger_days)")
        .await;
    assert_eq!(check(&billing).await.len(), 3);
}
