//! Bills of the provider, and our own numbers.

use std::sync::Arc;

use db::Tx;
use kernel::{Money, PageRequest, PaymentId};
use ports::payments::{InvoiceSnapshot, InvoiceState};

use super::*;
use crate::Source;
use crate::invoice::model::{Invoice, InvoiceFilter, InvoiceKind, InvoiceStatus, NewReceipt};

fn euros(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

fn bill(state: InvoiceState) -> InvoiceSnapshot {
    InvoiceSnapshot {
        id: "in_1".into(),
        subscription: Some("sub_1".into()),
        payment: None,
        number: Some("A-1".into()),
        state,
        billing_reason: Some("subscription_cycle".into()),
        subtotal: euros(1600),
        tax: euros(300),
        total: euros(1900),
        paid: euros(0),
        hosted_url: Some("https://pay.example/in_1".into()),
        pdf_url: None,
        attempts: Some(1),
        next_attempt_at: None,
        period_start: None,
        period_end: None,
        created_at: None,
        paid_at: None,
    }
}

impl World {
    async fn apply_bill(&self, asked_at: Timestamp, snapshot: InvoiceSnapshot) {
        let source = Source {
            provider: "desk",
            account: "test".into(),
            asked_at,
            reference: None,
        };
        let invoices = self.services.invoices.clone();
        let work = async move |tx: &mut Tx| invoices.apply(tx, &source, &snapshot).await;
        self.machinery.db.write(work).await.unwrap();
    }

    async fn bills(&self) -> Vec<Invoice> {
        let filter = InvoiceFilter {
            organization: Some(self.organization),
            ..InvoiceFilter::default()
        };
        let page = self.services.invoices.list(filter, PageRequest::default()).await;
        page.unwrap().items
    }

    /// A payment, with its receipt.
    async fn paid(&self, number: u128, total: i64, tax: i64, fails: bool) -> Option<PaymentId> {
        let payment = PaymentId::from_uuid(Uuid::from_u128(number));
        let new = NewReceipt {
            payment,
            organization: self.organization,
            subscription: None,
            provider: "desk".into(),
            account: "test".into(),
            description: Some("Credits".into()),
            quantity: 1,
            total: euros(total),
            tax,
            paid_at: self.now(),
            customer_email: None,
        };
        let (invoices, organization, now) = (self.services.invoices.clone(), self.organization, self.now());
        let work = async move |tx: &mut Tx| {
            use db::Executor as _;
            tx.execute(
                "INSERT INTO payments
                    (id, organization_id, kind, provider, provider_account, amount, currency, status, metadata, created_at, updated_at)
                 VALUES ($1, $2, 'one_off', 'desk', 'test', $3, 'EUR', 'succeeded', $4, $5, $5)",
                db::args![payment, organization, total, serde_json::json!({}), now],
            )
            .await?;
            invoices.write_receipt(tx, &new).await?;
            // Once more is the same receipt.
            invoices.write_receipt(tx, &new).await?;
            if fails {
                return Err(BillingError::NotFound);
            }
            Ok(payment)
        };
        self.machinery.db.write(work).await.ok()
    }

    async fn give_back(&self, payment: PaymentId, refunded: i64) {
        let invoices = self.services.invoices.clone();
        let work = async move |tx: &mut Tx| invoices.write_credit_note(tx, payment, refunded).await;
        self.machinery.db.write(work).await.unwrap();
    }
}

#[tokio::test]
async fn a_bill_of_the_provider_moves_on_and_is_told_once() {
    let world = World::new().await;
    let paid = world.running().await;
    world.heard();
    world.apply_bill(world.now(), bill(InvoiceState::Draft)).await;
    assert_eq!(world.names_heard(), [""; 0]);
    world.advance(Duration::from_secs(5));
    world.apply_bill(world.now(), bill(InvoiceState::Open)).await;
    world.apply_bill(world.now(), bill(InvoiceState::Open)).await;
    assert_eq!(world.names_heard(), ["invoice.issued"]);
    let mut settled = bill(InvoiceState::Paid);
    settled.paid = euros(1900);
    world.apply_bill(world.now(), settled.clone()).await;
    // An older answer, and one that would go back.
    world
        .apply_bill(
            world.now().minus(Duration::from_secs(1)),
            bill(InvoiceState::Void),
        )
        .await;
    world.apply_bill(world.now(), bill(InvoiceState::Open)).await;
    let bills = world.bills().await;
    assert_eq!(bills.len(), 1);
    assert_eq!(
        (bills[0].content.status, bills[0].kind),
        (InvoiceStatus::Paid, InvoiceKind::Invoice)
    );
    assert_eq!(
        (bills[0].subscription, bills[0].number.as_deref()),
        (Some(paid.id), Some("A-1"))
    );
    assert_eq!(world.names_heard(), [""; 0]);
    // Nobody's.
    settled.id = "in_2".into();
    settled.subscription = Some("sub_of_somebody".into());
    world.apply_bill(world.now(), settled).await;
    assert_eq!(world.bills().await.len(), 1);
    refused(
        world.services.invoices.receipt(None, bills[0].id).await,
        "wrong_state",
    );
}

#[tokio::test]
async fn receipts_are_numbered_without_gaps_however_many_are_written_at_once() {
    let world = Arc::new(World::new().await);
    let asked: Vec<_> = (1..=9_u128)
        .map(|number| {
            let world = Arc::clone(&world);
            // Every third one is rolled back after it had its number.
            tokio::spawn(async move { world.paid(number, 1900, 300, number % 3 == 0).await })
        })
        .collect();
    for asked in asked {
        asked.await.unwrap();
    }
    let mut numbers: Vec<String> = world
        .bills()
        .await
        .into_iter()
        .filter_map(|bill| bill.number)
        .collect();
    numbers.sort();
    let expected: Vec<String> = (1..=6).map(|number| format!("2026-{number:06}")).collect();
    assert_eq!(numbers, expected);
    world.advance(DAY * 365);
    world.paid(20, 100, 0, false).await;
    assert_eq!(world.bills().await[0].number.as_deref(), Some("2027-000001"));
}

#[tokio::test]
async fn what_is_given_back_has_a_credit_note_and_the_receipt_stays() {
    let world = World::new().await;
    let payment = world.paid(1, 1000, 160, false).await.unwrap();
    let receipt = world.bills().await.remove(0);
    for refunded in [333, 333, 666, 600, 1000, 1000] {
        world.advance(Duration::from_secs(1));
        world.give_back(payment, refunded).await;
    }
    let mut bills = world.bills().await;
    bills.reverse();
    assert_eq!(bills[0], receipt);
    let notes: Vec<_> = bills[1..]
        .iter()
        .map(|note| {
            (
                note.number.clone().unwrap(),
                note.content.total,
                note.content.tax,
                note.corrects,
            )
        })
        .collect();
    let of = |number: &str, total, tax| (format!("2026-C-00000{number}"), total, tax, Some(receipt.id));
    // The sums are those of the receipt, to the cent.
    assert_eq!(notes, [of("1", 333, 53), of("2", 333, 53), of("3", 334, 54)]);
    // Nothing was written for what has no receipt.
    world
        .give_back(PaymentId::from_uuid(Uuid::from_u128(99)), 5)
        .await;
    assert_eq!(world.bills().await.len(), 4);
}
