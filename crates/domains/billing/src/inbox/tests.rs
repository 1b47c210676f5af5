//! Events from the wire to our rows, over a real database.

mod faults;

use std::sync::Arc;
use std::time::Duration;

use kernel::{PageRequest, RequestContext};
use ports::payments::{PaymentState, ProviderError, Snapshot, WebhookError};
use serde_json::json;

use super::model::{EventFilter, EventStatus, PaymentEvent};
use super::service::Inbox;
use crate::error::BillingError;
use crate::testing::Billing;
use crate::testing::till::{ACCOUNT, TILL, payment, signed, told};

fn inbox(billing: &Billing) -> Inbox {
    Inbox::new(billing.machinery.clone())
}

/// A webhook about a payment comes in.
async fn receive(billing: &Billing, key: &str, payment: &str) {
    let (headers, body) = signed(&told(key, payment));
    inbox(billing).receive(TILL, headers, &body).await.unwrap();
}

async fn events(billing: &Billing) -> Vec<PaymentEvent> {
    let inbox = inbox(billing);
    let page = inbox.list(EventFilter::default(), PageRequest::default());
    page.await.unwrap().items
}

async fn statuses(billing: &Billing) -> Vec<EventStatus> {
    let events = events(billing).await;
    events.into_iter().rev().map(|event| event.status).collect()
}

fn paid(id: &str) -> Vec<Snapshot> {
    let amount = kernel::Money::new(1999, "USD".parse().unwrap());
    vec![Snapshot::Payment(payment(
        id,
        None,
        PaymentState::Succeeded,
        amount,
    ))]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn an_event_that_is_told_many_times_at_once_counts_once() {
    let billing = Arc::new(Billing::open().await);
    billing.till.set("p1", paid("p1"));
    let told = (0..20).map(|_| {
        let billing = Arc::clone(&billing);
        tokio::spawn(async move { receive(&billing, "e1", "p1").await })
    });
    for task in told.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let [event] = &events(&billing).await[..] else {
        panic!("one event")
    };
    assert_eq!((event.deliveries, event.status), (20, EventStatus::Received));
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 1);
    billing.work().await;
    billing.later(Duration::from_hours(1)).await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 1);
    assert_eq!(statuses(&billing).await, [EventStatus::Processed]);
    receive(&billing, "e1", "p1").await;
    billing.work().await;
    assert_eq!(billing.till.fetches(), 1);
    assert_eq!(events(&billing).await[0].deliveries, 21);
}

#[tokio::test]
async fn a_burst_about_one_object_is_one_question() {
    let billing = Billing::open().await;
    billing.till.set("p1", paid("p1"));
    billing.till.set("p2", paid("p2"));
    for number in 0..10 {
        receive(&billing, &format!("a{number}"), "p1").await;
        receive(&billing, &format!("b{number}"), "p2").await;
    }
    billing.work().await;
    let mut fetched = billing.till.fetched.lock().unwrap().clone();
    fetched.sort();
    assert_eq!(fetched, ["p1", "p2"]);
    assert_eq!(statuses(&billing).await, [EventStatus::Processed; 20]);
    assert_eq!(billing.number("SELECT count(*) FROM payment_locks").await, 0);
}

#[tokio::test]
async fn what_is_not_the_provider_s_leaves_nothing() {
    let billing = Billing::open().await;
    let inbox = inbox(&billing);
    let (headers, body) = signed(&told("e1", "p1"));
    let refused = |outcome: Result<(), BillingError>| match outcome {
        Err(BillingError::WebhookRefused(error)) => error,
        other => panic!("{other:?}"),
    };
    let elsewhere = inbox.receive("nowhere", headers.clone(), &body).await;
    assert!(matches!(elsewhere, Err(BillingError::NotFound)));
    let unsigned = inbox.receive(TILL, Vec::new(), &body).await;
    assert_eq!(refused(unsigned), WebhookError::BadSignature);
    let other_body = inbox.receive(TILL, headers.clone(), b"{}").await;
    assert_eq!(refused(other_body), WebhookError::BadSignature);
    let twice = [headers.clone(), headers].concat();
    assert_eq!(
        refused(inbox.receive(TILL, twice, &body).await),
        WebhookError::BadSignature
    );
    for (body, expected) in [
        (json!({ "mode": "test", "key": "e1" }), WebhookError::WrongMode),
        (json!({ "type": "payment.changed" }), WebhookError::Malformed),
        (json!({ "key": "e\u{0}1", "type": "x" }), WebhookError::Malformed),
        (
            json!({ "key": "e".repeat(129), "type": "x" }),
            WebhookError::Malformed,
        ),
    ] {
        let (headers, body) = signed(&body);
        assert_eq!(refused(inbox.receive(TILL, headers, &body).await), expected);
    }
    assert_eq!(events(&billing).await.len(), 0);
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 0);
}

#[tokio::test]
async fn what_is_about_nothing_here_is_kept_and_ignored() {
    let billing = Billing::open().await;
    let (headers, body) = signed(&json!({ "key": "e1", "type": "balance.available" }));
    inbox(&billing).receive(TILL, headers, &body).await.unwrap();
    let event = &events(&billing).await[0];
    assert_eq!(event.status, EventStatus::Ignored);
    assert!(event.processed_at.is_some());
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 0);
    let retried = inbox(&billing).retry(&RequestContext::system(), event.id).await;
    assert!(matches!(retried, Err(BillingError::WrongState(_))));
}

#[tokio::test]
async fn asking_for_an_object_needs_no_event() {
    let billing = Billing::open().await;
    billing.till.set("p1", paid("p1"));
    let object = ports::payments::ObjectRef {
        kind: ports::payments::ObjectKind::Payment,
        id: "p1".to_owned(),
    };
    let (inbox, ask) = (inbox(&billing), object.clone());
    let work = async move |tx: &mut db::Tx| inbox.ask(tx, TILL, ACCOUNT, &ask, Some("pay_1")).await;
    billing.db().write(work).await.unwrap();
    billing.work().await;
    assert_eq!(billing.till.fetches(), 1);
}

#[tokio::test]
async fn bodies_go_after_90_days_and_rows_stay() {
    let billing = Billing::open().await;
    billing.till.set("p1", paid("p1"));
    receive(&billing, "e1", "p1").await;
    billing.work().await;
    receive(&billing, "e2", "p2").await;
    let bodies = "SELECT count(*) FROM payment_events WHERE body IS NOT NULL";
    billing.clock.advance(Duration::from_hours(24 * 89));
    inbox(&billing).delete_old_bodies().await.unwrap();
    assert_eq!(billing.number(bodies).await, 2);
    billing.clock.advance(Duration::from_hours(24 * 2));
    inbox(&billing).delete_old_bodies().await.unwrap();
    // The other has not been made use of yet.
    assert_eq!(billing.number(bodies).await, 1);
    assert_eq!(events(&billing).await.len(), 2);
}

#[tokio::test]
async fn a_failed_event_is_shown_and_can_be_tried_again() {
    let billing = Billing::open().await;
    receive(&billing, "e1", "p1").await;
    for _ in 0..4 {
        billing.work().await;
        billing.later(Duration::from_mins(6)).await;
    }
    assert_eq!(billing.till.fetches(), 4);
    let event = events(&billing).await.remove(0);
    assert_eq!(event.status, EventStatus::Failed);
    assert_eq!(event.error.as_deref(), Some("the provider knows no such object"));
    assert_eq!(billing.number("SELECT count(*) FROM jobs").await, 0);
    assert_eq!(billing.number("SELECT count(*) FROM dead_jobs").await, 0);

    billing.till.set("p1", paid("p1"));
    inbox(&billing)
        .retry(&RequestContext::system(), event.id)
        .await
        .unwrap();
    billing.work().await;
    let event = events(&billing).await.remove(0);
    assert_eq!((event.status, event.error), (EventStatus::Processed, None));
    assert_eq!(billing.heard("payment_event.retried"), 1);
}

#[tokio::test]
async fn an_answer_settles_what_had_failed_before() {
    let billing = Billing::open().await;
    billing
        .till
        .trouble(ProviderError::Unsupported(ports::payments::Capability::Disputes));
    billing.till.set("p1", paid("p1"));
    receive(&billing, "e1", "p1").await;
    billing.work().await;
    assert_eq!(statuses(&billing).await, [EventStatus::Failed]);
    receive(&billing, "e2", "p1").await;
    billing.work().await;
    assert_eq!(statuses(&billing).await, [EventStatus::Processed; 2]);
}
