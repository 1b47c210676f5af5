//! The books, over a real database.

use std::sync::Arc;

use db::Tx;
use kernel::{OrganizationId, PaymentId};
use uuid::Uuid;

use super::model::{Account, NewTransfer, TransferKind};
use super::service::Ledger;
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
