//! What nobody told, and what does not agree, over a real database.

use std::time::Duration;

use db::Tx;
use kernel::{Money, PageRequest, PaymentId, RequestContext, UserId};
use ports::payments::{ObjectKind, ObjectRef, PaymentState, ProviderError, ProviderEvent, Snapshot};
use uuid::Uuid;

use crate::drift::model::{Drift, DriftKind, DriftStatus};
use crate::drift::service::Drifts;
use crate::error::BillingError;
use crate::inbox::service::Inbox;
use crate::reconcile::service::Reconciliation;
use crate::testing::Billing;
use crate::testing::till::{payment, signed, told};

fn reconciliation(billing: &Billing) -> Reconciliation {
    Reconciliation::new(billing.machinery.clone(), Inbox::new(billing.machinery.clone()))
}

async fn drifts(billing: &Billing, status: Option<DriftStatus>) -> Vec<Drift> {
    let drifts = Drifts::new(billing.machinery.clone());
    drifts.list(status, PageRequest::default()).await.unwrap().items
}

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn paid(id: &str, ours: PaymentId) -> Snapshot {
    let ours = ours.to_string();
    Snapshot::Payment(payment(id, Some(&ours), PaymentState::Succeeded, usd(1999)))
}

fn event(billing: &Billing, key: &str, payment: &str) -> ProviderEvent {
    ProviderEvent {
        key: key.to_owned(),
        event_type: "payment.changed".to_owned(),
        object: Some(ObjectRef {
            kind: ObjectKind::Payment,
            id: payment.to_owned(),
        }),
        reference: None,
        occurred_at: Some(kernel::Clock::now(&*billing.clock)),
    }
}

async fn status(billing: &Billing, id: PaymentId) -> String {
    let sql = "SELECT status FROM payments WHERE id = $1";
    billing.rows_with(sql, db::args![id]).await.remove(0)
}

#[tokio::test]
async fn what_is_open_is_asked_about_when_its_time_has_come_and_not_before() {
    let billing = Billing::open().await;
    let (known, unknown) = (billing.payment(Some("p1")).await, billing.payment(None).await);
    billing.till.set("p1", vec![paid("p1", known)]);
    reconciliation(&billing).reconcile().await.unwrap();
    billing.later(Duration::ZERO).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 0);
    billing.later(Duration::from_mins(11)).await;
    reconciliation(&billing).reconcile().await.unwrap();
    reconciliation(&billing).reconcile().await.unwrap();
    billing.later(Duration::ZERO).await;
    billing.work().await;
    let mut fetched = billing.till.fetched.lock().unwrap().clone();
    fetched.sort();
    assert_eq!(fetched, ["p1".to_owned(), format!("{unknown}-1")]);
    assert_eq!(status(&billing, known).await, "succeeded");
    assert_eq!(status(&billing, unknown).await, "pending");
    // That there is nothing yet is no fault.
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(billing.number("SELECT count(*) FROM dead_jobs").await, 0);
    billing.later(Duration::from_mins(61)).await;
    reconciliation(&billing).reconcile().await.unwrap();
    billing.later(Duration::ZERO).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 3);
}

#[tokio::test]
async fn questions_are_asked_one_after_the_other() {
    let billing = Billing::open().await;
    for _ in 0..130 {
        billing.payment(None).await;
    }
    billing.clock.advance(Duration::from_mins(11));
    reconciliation(&billing).reconcile().await.unwrap();
    let jobs = "SELECT count(*) FROM jobs WHERE kind = 'payments.sync'";
    assert_eq!(billing.number(jobs).await, 130);
    let times = "SELECT count(DISTINCT run_at) FROM jobs WHERE kind = 'payments.sync'";
    assert!(billing.number(times).await > 100);
    billing.work().await;
    assert!(billing.till.fetches() < 20, "{}", billing.till.fetches());
}

#[tokio::test]
async fn what_was_missed_is_caught_up_and_what_is_known_does_nothing() {
    let billing = Billing::open().await;
    let ours = billing.payment(Some("p1")).await;
    billing.till.set("p1", vec![paid("p1", ours)]);
    let (headers, body) = signed(&told("e1", "p1"));
    let inbox = Inbox::new(billing.machinery.clone());
    inbox.receive("till", headers, &body).await.unwrap();
    billing.work().await;
    let listed = [
        ("e1", "p1"),
        ("e2", "p1"),
        ("e3", "p1"),
        ("e\n4", "p1"),
        ("e5", "p1"),
    ];
    let listed = listed.map(|(key, payment)| event(&billing, key, payment));
    *billing.till.listed.lock().unwrap() = listed.to_vec();
    reconciliation(&billing).reconcile().await.unwrap();
    billing.work().await;
    let keys: Vec<String> = billing
        .rows("SELECT event_key FROM payment_events WHERE status = 'processed' ORDER BY event_key")
        .await;
    assert_eq!(keys, ["e1", "e2", "e3", "e5"]);
    let deliveries = "SELECT deliveries FROM payment_events WHERE event_key = 'e1'";
    assert_eq!(billing.number(deliveries).await, 1);
    assert_eq!(billing.till.fetches(), 2);
    reconciliation(&billing).reconcile().await.unwrap();
    billing.work().await;
    assert_eq!(billing.till.fetches(), 2);
}

#[tokio::test]
async fn a_list_is_read_from_where_it_was_read_to_with_an_hour_more() {
    let billing = Billing::open().await;
    let began = kernel::Clock::now(&*billing.clock);
    reconciliation(&billing).reconcile().await.unwrap();
    billing.work().await;
    billing.later(Duration::from_mins(15)).await;
    // One that breaks off begins anew from the same place.
    billing
        .till
        .trouble(ProviderError::Unavailable("no answer".into()));
    reconciliation(&billing).reconcile().await.unwrap();
    billing.work().await;
    billing.later(Duration::from_mins(15)).await;
    billing.work().await;
    billing.later(Duration::from_mins(15)).await;
    reconciliation(&billing).reconcile().await.unwrap();
    billing.work().await;
    let hour = Duration::from_hours(1);
    let second = began.minus(hour);
    let last = began.plus(Duration::from_mins(30)).minus(hour);
    let asked = billing.till.asked_since.lock().unwrap().clone();
    assert_eq!(asked, [began.minus(hour * 24), second, second, last]);
}

#[tokio::test]
async fn a_provider_without_a_list_is_let_be() {
    let billing = Billing::open().await;
    let capability = ports::payments::Capability::RefundEvents;
    billing.till.trouble(ProviderError::Unsupported(capability));
    reconciliation(&billing).reconcile().await.unwrap();
    let drained = billing.work().await;
    assert_eq!(drained.failed.len(), 0);
    assert_eq!(billing.number("SELECT count(*) FROM payment_cursors").await, 0);
}

async fn compare(billing: &Billing) {
    reconciliation(billing).compare().await.unwrap();
    billing.work().await;
    billing.later(Duration::from_secs(10)).await;
    billing.work().await;
}

#[tokio::test]
async fn what_can_be_applied_is_no_drift() {
    let billing = Billing::open().await;
    let ours = billing.payment(Some("p1")).await;
    billing.till.set("p1", vec![paid("p1", ours)]);
    let foreign = payment("p2", Some("cart 7"), PaymentState::Succeeded, usd(5));
    billing.till.set("p2", vec![Snapshot::Payment(foreign)]);
    let listed = ["p1", "p2", "p1"].map(|payment| event(&billing, payment, payment));
    *billing.till.listed.lock().unwrap() = listed.to_vec();
    compare(&billing).await;
    assert_eq!(billing.till.fetches(), 2);
    assert_eq!(status(&billing, ours).await, "succeeded");
    assert_eq!(drifts(&billing, None).await.len(), 0);
}

#[tokio::test]
async fn what_still_differs_is_shown_once_until_somebody_settles_it() {
    let billing = Billing::open().await;
    let ours = billing.payment(Some("p1")).await;
    billing.till.set("p1", vec![paid("p1", ours)]);
    *billing.till.listed.lock().unwrap() = vec![event(&billing, "e1", "p1")];
    compare(&billing).await;
    // The money was there, and now the provider says that it never was: nothing takes back what was paid.
    let open = payment("p1", Some(&ours.to_string()), PaymentState::Open, usd(1999));
    billing.till.set("p1", vec![Snapshot::Payment(open)]);
    let gone = PaymentId::from_uuid(Uuid::from_u128(77));
    billing.till.set("p9", vec![paid("p9", gone)]);
    *billing.till.listed.lock().unwrap() = vec![event(&billing, "e1", "p1"), event(&billing, "e9", "p9")];
    compare(&billing).await;
    compare(&billing).await;
    let found = drifts(&billing, Some(DriftStatus::Open)).await;
    let mut told: Vec<_> = found
        .iter()
        .map(|drift| (drift.kind.as_str(), drift.subject.as_str(), drift.detail.as_str()))
        .collect();
    told.sort_unstable();
    let ours = ours.to_string();
    let expected = [
        (
            "payment_differs",
            ours.as_str(),
            "the provider says open, here it is succeeded",
        ),
        (
            "payment_missing",
            "p9",
            "19.99 USD were paid at the provider, and no payment here is about it",
        ),
    ];
    assert_eq!(told, expected);
    assert_eq!(billing.heard("payment_drift.found"), 2);
    assert!(found.iter().all(|drift| drift.seen_at > drift.found_at));

    let service = Drifts::new(billing.machinery.clone());
    let somebody = UserId::from_uuid(Uuid::from_u128(5));
    let context = RequestContext::system();
    service.resolve(&context, found[0].id, somebody).await.unwrap();
    let again = service.resolve(&context, found[0].id, somebody).await;
    assert!(matches!(again, Err(BillingError::WrongState(_))));
    let nothing = kernel::PaymentDriftId::from_uuid(Uuid::nil());
    let absent = service.resolve(&context, nothing, somebody).await;
    assert!(matches!(absent, Err(BillingError::NotFound)));
    assert_eq!(drifts(&billing, Some(DriftStatus::Open)).await.len(), 1);
    assert_eq!(drifts(&billing, Some(DriftStatus::Resolved)).await.len(), 1);
    compare(&billing).await;
    assert_eq!(drifts(&billing, Some(DriftStatus::Open)).await.len(), 2);
    assert_eq!(billing.heard("payment_drift.found"), 3);
}

#[tokio::test]
async fn a_drift_is_found_by_many_and_written_once() {
    let billing = std::sync::Arc::new(Billing::open().await);
    let drift = crate::drift::model::NewDrift {
        kind: DriftKind::PaymentDiffers,
        account: None,
        subject: "pay_1".to_owned(),
        detail: "so and so".to_owned(),
    };
    let tasks: Vec<_> = (0..10)
        .map(|_| {
            let (billing, drift) = (std::sync::Arc::clone(&billing), drift.clone());
            tokio::spawn(async move {
                let drifts = Drifts::new(billing.machinery.clone());
                let work = async move |tx: &mut Tx| drifts.record(tx, &drift).await;
                billing.db().write(work).await.unwrap();
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(drifts(&billing, None).await.len(), 1);
    assert_eq!(billing.heard("payment_drift.found"), 1);
}
