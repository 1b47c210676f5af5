use ports::payments::{DisputeState, PaymentState, ProviderError};

use super::*;
use crate::model::payment::DisputeStatus;

#[tokio::test]
async fn a_page_is_paid_once() {
    let world = World::new().await;
    let page = world.page().await;
    let open = world.payment(ObjectKind::Checkout, &page).await;
    assert_eq!((open.state, open.id), (PaymentState::Open, None));
    assert_eq!(open.amount, usd(1999));

    let pay = |_| {
        let (sandbox, page) = (world.sandbox.clone(), page.clone());
        tokio::spawn(async move { sandbox.act(&page, Act::Pay, Delivery::Normal).await })
    };
    let pressed: Vec<_> = (0..8).map(pay).collect();
    let mut paid = 0;
    for press in pressed {
        paid += usize::from(press.await.unwrap().is_ok());
    }
    assert_eq!(paid, 1);
    assert_eq!(world.count("SELECT count(*) FROM sandbox_payments").await, 1);
    for (kind, id) in [
        (ObjectKind::Checkout, page.as_str()),
        (ObjectKind::Reference, "pay_1"),
    ] {
        let payment = world.payment(kind, id).await;
        assert_eq!(payment.state, PaymentState::Succeeded);
        assert_eq!(payment.reference.as_deref(), Some("pay_1"));
        assert_eq!(payment.paid_at, Some(world.now()));
    }
    world.work().await;
    let mut heard = world.heard_types();
    heard.sort();
    assert_eq!(heard, ["checkout.completed", "payment.succeeded"]);
}

#[tokio::test]
async fn a_key_stands_for_one_request() {
    let world = World::new().await;
    let request = world.request("key");
    let ask = |_| {
        let (sandbox, request) = (world.sandbox.clone(), request.clone());
        tokio::spawn(async move { sandbox.create_checkout(&request).await.unwrap() })
    };
    let asked: Vec<_> = (0..8).map(ask).collect();
    let mut pages = Vec::new();
    for page in asked {
        pages.push(page.await.unwrap());
    }
    pages.dedup();
    assert_eq!(pages.len(), 1);
    let mut other = world.request("key");
    other.reference = "pay_2".to_owned();
    let refused = world.sandbox.create_checkout(&other).await;
    assert!(
        matches!(&refused, Err(ProviderError::Refused { code, .. }) if code == "idempotency_key_reused"),
        "{refused:?}"
    );

    // A day later it is free again.
    world.pass(Duration::from_hours(25));
    world.sandbox.tick().await.unwrap();
    world.sandbox.create_checkout(&other).await.unwrap();
}

#[tokio::test]
async fn a_declined_card_leaves_the_page_open_for_another() {
    let world = World::new().await;
    let page = world.page().await;
    world
        .sandbox
        .act(&page, Act::Decline, Delivery::Normal)
        .await
        .unwrap();
    let declined = world.payment(ObjectKind::Checkout, &page).await;
    let code = "card_declined".to_owned();
    assert_eq!(declined.state, PaymentState::Failed { code });
    world
        .sandbox
        .act(&page, Act::Challenge, Delivery::Normal)
        .await
        .unwrap();
    let challenged = world.payment(ObjectKind::Checkout, &page).await;
    assert_eq!(challenged.state, PaymentState::RequiresAction);
    world
        .sandbox
        .act(&page, Act::Pay, Delivery::Normal)
        .await
        .unwrap();
    let paid = world.payment(ObjectKind::Checkout, &page).await;
    assert_eq!((paid.state, paid.id), (PaymentState::Succeeded, declined.id));
}

#[tokio::test]
async fn slow_money_settles_after_a_minute_once() {
    for (act, expected) in [
        (Act::PaySlowly, PaymentState::Succeeded),
        (
            Act::FailSlowly,
            PaymentState::Failed {
                code: "insufficient_funds".to_owned(),
            },
        ),
    ] {
        let world = World::new().await;
        let page = world.page().await;
        world.sandbox.act(&page, act, Delivery::Normal).await.unwrap();
        world.pass(Duration::from_secs(59));
        world.sandbox.tick().await.unwrap();
        let early = world.payment(ObjectKind::Checkout, &page).await;
        assert_eq!(early.state, PaymentState::Processing);
        world.pass(Duration::from_secs(1));
        let (one, other) = tokio::join!(world.sandbox.tick(), world.sandbox.tick());
        one.and(other).unwrap();
        assert_eq!(world.payment(ObjectKind::Checkout, &page).await.state, expected);
        assert_eq!(world.listed().await.len(), 3);
    }
}

#[tokio::test]
async fn pages_close_by_time_and_by_word() {
    let world = World::new().await;
    let page = world.page().await;
    world.sandbox.expire_checkout(&page).await.unwrap();
    world.sandbox.expire_checkout(&page).await.unwrap();
    let late = world.sandbox.act(&page, Act::Pay, Delivery::Normal).await;
    assert!(late.is_err());
    assert_eq!(
        world.payment(ObjectKind::Checkout, &page).await.state,
        PaymentState::Expired
    );

    let request = world.request("key-2");
    let page = world.sandbox.create_checkout(&request).await.unwrap().id.unwrap();
    world
        .sandbox
        .act(&page, Act::Decline, Delivery::Normal)
        .await
        .unwrap();
    world.pass(Duration::from_hours(1));
    assert_eq!(
        world.payment(ObjectKind::Checkout, &page).await.state,
        PaymentState::Expired
    );
    world.sandbox.tick().await.unwrap();
    let expired = world.listed().await.into_iter();
    let expired = expired.filter(|event| event.event_type == "checkout.expired");
    assert_eq!(expired.count(), 2);

    let world = World::new().await;
    let paid = world.page().await;
    world
        .sandbox
        .act(&paid, Act::Pay, Delivery::Normal)
        .await
        .unwrap();
    assert!(world.sandbox.expire_checkout(&paid).await.is_err());
}

#[tokio::test]
async fn no_more_is_given_back_than_was_paid() {
    let world = World::new().await;
    let payment = world.paid().await;
    assert!(world.refund(&payment, 0, "zero").await.is_err());
    world.refund(&payment, 500, "first").await.unwrap();
    world.refund(&payment, 500, "first").await.unwrap();
    assert!(world.refund(&payment, 501, "first").await.is_err());
    let ask = |number: usize| {
        let (sandbox, payment) = (world.sandbox.clone(), payment.clone());
        tokio::spawn(async move {
            let request = RefundRequest {
                reference: format!("rfd_{number}"),
                payment,
                amount: usd(1000),
                is_rest: false,
                idempotency_key: format!("race-{number}"),
            };
            sandbox.refund(&request).await.is_ok()
        })
    };
    let mut given = 0;
    for asked in (0..8).map(ask).collect::<Vec<_>>() {
        given += usize::from(asked.await.unwrap());
    }
    assert_eq!(given, 1);
    let rest = world.refund(&payment, 500, "too much").await;
    assert_eq!(
        rest,
        Err("the provider refused the request: more than what is left of the payment".to_owned())
    );
    world.refund(&payment, 499, "rest").await.unwrap();
    let found = world.payment(ObjectKind::Payment, &payment).await;
    assert_eq!(found.refunded, usd(1999));
    let sum: i64 = found.refunds.iter().map(|refund| refund.amount.minor()).sum();
    assert_eq!(sum, 1999);
    let refund = found.refunds[0].id.as_deref().unwrap();
    assert_eq!(world.payment(ObjectKind::Refund, refund).await.id, Some(payment));
}

#[tokio::test]
async fn a_dispute_takes_the_money_until_it_is_won() {
    for (decision, state, withdrawn) in [
        (DisputeStatus::Won, DisputeState::Won, 0),
        (DisputeStatus::Lost, DisputeState::Lost, 1499),
    ] {
        let world = World::new().await;
        let payment = world.paid().await;
        world.refund(&payment, 500, "part").await.unwrap();
        let dispute = world.sandbox.dispute(&payment).await.unwrap();
        assert!(world.sandbox.dispute(&payment).await.is_err());
        assert!(world.refund(&payment, 1, "meanwhile").await.is_err());
        world.sandbox.decide(&dispute.id, decision).await.unwrap();
        assert!(world.sandbox.decide(&dispute.id, decision).await.is_err());
        let found = world.fetch(ObjectKind::Dispute, &dispute.id).await;
        let Some(Snapshot::Dispute(found)) = found.last() else {
            panic!("{found:?}");
        };
        assert_eq!(
            (&found.state, found.withdrawn, found.amount),
            (&state, usd(withdrawn), usd(1499))
        );
        assert_eq!(
            world.refund(&payment, 1, "after").await.is_ok(),
            decision == DisputeStatus::Won
        );
    }
}
