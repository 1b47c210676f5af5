//! Giving money back.

use ports::payments::{PaymentState, ProviderError, RefundSnapshot, RefundState};

use super::provider::Fault;
use super::*;
use crate::payment::service::{RefundWish, Resolution};
use crate::refund::model::{Refund, RefundStatus};

fn unknown() -> ProviderError {
    ProviderError::OutcomeUnknown("time-out".into())
}

fn amount(amount: i64) -> RefundWish {
    RefundWish {
        amount: Some(amount),
        reason: Some("goodwill".into()),
    }
}

fn all() -> RefundWish {
    RefundWish {
        amount: None,
        reason: None,
    }
}

impl World {
    /// A payment that was paid; it is `pi_1` at the provider.
    async fn paid(&self) -> Payment {
        let payment = self.start().await;
        self.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
        self.tell("pi_1").await;
        self.heard();
        self.get(payment.id).await
    }

    async fn refund(&self, payment: &Payment, wish: RefundWish) -> Refund {
        self.payments.refund(&somebody(), payment.id, wish).await.unwrap()
    }

    async fn refunds(&self, payment: &Payment) -> Vec<(i64, RefundStatus)> {
        let refunds = self.payments.list_refunds(None, payment.id).await.unwrap();
        refunds
            .iter()
            .map(|refund| (refund.amount, refund.status))
            .collect()
    }

    /// What was given back in all, by the payment and at the provider.
    async fn given_back(&self, payment: &Payment) -> (i64, i64) {
        let made: i64 = {
            let state = self.provider.state();
            state
                .refunds
                .values()
                .map(|(_, refund)| refund.amount.minor())
                .sum()
        };
        (self.get(payment.id).await.standing.refunded, made)
    }
}

#[tokio::test]
async fn money_goes_back_in_parts_and_then_no_more() {
    let world = World::new().await;
    let payment = world.paid().await;
    let refund = world.refund(&payment, amount(300)).await;
    assert_eq!(refund.status, RefundStatus::Pending);
    assert_eq!(refund.requested_by, somebody().user());
    world.work().await;
    assert_eq!(world.given_back(&payment).await, (300, 300));
    assert_eq!(world.refunds(&payment).await, [(300, RefundStatus::Succeeded)]);
    assert_eq!(world.status(payment.id).await, PaymentStatus::PartiallyRefunded);
    assert_eq!(world.heard(), ["refund.requested", "payment.refunded"]);

    let refuse = async |wish| code(world.payments.refund(&somebody(), payment.id, wish).await);
    for odd in [701, 0, -1, i64::MAX] {
        assert_eq!(refuse(amount(odd)).await, "amount_too_large", "{odd}");
    }
    let rest = world.refund(&payment, all()).await;
    assert_eq!(rest.amount, 700);
    assert_eq!(refuse(all()).await, "amount_too_large");
    world.work().await;
    assert_eq!(world.given_back(&payment).await, (1000, 1000));
    assert_eq!(world.status(payment.id).await, PaymentStatus::Refunded);
    assert_eq!(refuse(amount(1)).await, "wrong_state");
    for (account, balance) in [("refunds", 1000), ("provider:stub", 0), ("revenue", -1000)] {
        assert_eq!(world.balance(account).await, balance, "{account}");
    }
    assert!(
        world
            .provider
            .state()
            .refunds
            .values()
            .all(|(_, refund)| refund.reference.is_some())
    );
}

#[tokio::test]
async fn only_what_was_paid_goes_back() {
    let world = World::new().await;
    let payment = world.start().await;
    let outcome = world.payments.refund(&somebody(), payment.id, all()).await;
    assert_eq!(code(outcome), "wrong_state");
    let nothing = PaymentId::from_uuid(Uuid::nil());
    let outcome = world.payments.refund(&somebody(), nothing, all()).await;
    assert_eq!(code(outcome), "not_found");
    let whole = World::with(TestProvider::of(&[ports::payments::Capability::AdHocAmount])).await;
    let payment = whole.paid().await;
    let outcome = whole.payments.refund(&somebody(), payment.id, amount(1)).await;
    assert_eq!(code(outcome), "capability_not_supported");
    whole.refund(&payment, all()).await;
}

#[tokio::test]
async fn of_many_who_click_at_once_one_wins() {
    for provider in [TestProvider::capable(), TestProvider::plain()] {
        let world = Arc::new(World::with(provider).await);
        let payment = world.paid().await;
        let tasks: Vec<_> = (0..12)
            .map(|_| {
                let (world, id) = (Arc::clone(&world), payment.id);
                tokio::spawn(async move { world.payments.refund(&somebody(), id, amount(600)).await.is_ok() })
            })
            .collect();
        let mut won = 0;
        for task in tasks {
            won += usize::from(task.await.unwrap());
        }
        assert_eq!(won, 1);
        world.work().await;
        assert_eq!(world.given_back(&payment).await, (600, 600));
        assert_eq!(world.heard(), ["refund.requested", "payment.refunded"]);
    }
}

#[tokio::test]
async fn the_same_request_gives_back_once() {
    let world = World::new().await;
    let payment = world.paid().await;
    let first = world
        .payments
        .refund(&once("k"), payment.id, amount(100))
        .await
        .unwrap();
    let again = world
        .payments
        .refund(&once("k"), payment.id, amount(100))
        .await
        .unwrap();
    assert_eq!(first.id, again.id);
    world.work().await;
    for _ in 0..2 {
        world.payments.send_refund(first.id).await.unwrap();
    }
    assert_eq!(world.given_back(&payment).await, (100, 100));
}

#[tokio::test]
async fn an_answer_that_was_lost_is_asked_for_again_under_the_same_key() {
    for fault in [Fault::Before(unknown()), Fault::After(unknown())] {
        let world = World::new().await;
        let payment = world.paid().await;
        let refund = world.refund(&payment, amount(400)).await;
        world.provider.fail(fault);
        assert!(world.payments.send_refund(refund.id).await.is_err());
        world.payments.send_refund(refund.id).await.unwrap();
        assert_eq!(world.given_back(&payment).await, (400, 400));
        assert_eq!(world.refunds(&payment).await, [(400, RefundStatus::Succeeded)]);
    }
}

#[tokio::test]
async fn without_keys_the_payment_is_looked_at_before_it_is_asked_again() {
    for fault in [Fault::Before(unknown()), Fault::After(unknown())] {
        let world = World::with(TestProvider::plain()).await;
        let payment = world.paid().await;
        let refund = world.refund(&payment, amount(400)).await;
        world.provider.fail(fault);
        assert!(world.payments.send_refund(refund.id).await.is_err());
        // The provider may still be at it.
        let early = world.payments.send_refund(refund.id).await.unwrap_err();
        assert!(matches!(early, jobs::JobError::Postpone { .. }), "{early:?}");
        world.advance(Duration::from_secs(90));
        world.payments.send_refund(refund.id).await.unwrap();
        assert_eq!(world.given_back(&payment).await, (400, 400));
        assert_eq!(world.refunds(&payment).await, [(400, RefundStatus::Succeeded)]);
        world.payments.send_refund(refund.id).await.unwrap();
        assert_eq!(world.given_back(&payment).await, (400, 400));
    }
}

#[tokio::test]
async fn without_keys_anything_else_that_happened_is_for_staff() {
    let world = World::with(TestProvider::plain()).await;
    let payment = world.paid().await;
    let refund = world.refund(&payment, amount(400)).await;
    world.provider.fail(Fault::After(unknown()));
    assert!(world.payments.send_refund(refund.id).await.is_err());
    // Somebody gives back more at the provider meanwhile.
    world
        .provider
        .change("pi_1", |payment| payment.refunded = usd(50));
    world.advance(Duration::from_secs(90));
    world.payments.send_refund(refund.id).await.unwrap();
    let made = world.provider.state().refunds.len();
    assert_eq!(made, 1, "it is not asked again");
    assert_eq!(world.refunds(&payment).await, [(400, RefundStatus::NeedsReview)]);
    let open = world.payments.refund(&somebody(), payment.id, amount(1)).await;
    assert_eq!(code(open), "wrong_state");
    world.heard();
    let settle = async |payment| {
        let decided = (Resolution::Accept, "seen in the console".to_owned());
        let which = (payment, refund.id);
        world.payments.resolve_refund(&somebody(), which, decided).await
    };
    let nothing = PaymentId::from_uuid(Uuid::nil());
    assert_eq!(code(settle(nothing).await), "not_found");
    assert_eq!(settle(payment.id).await.unwrap().status, RefundStatus::Succeeded);
    assert_eq!(code(settle(payment.id).await), "wrong_state");
    assert_eq!(world.heard(), ["refund.reviewed"]);
    world.advance(Duration::from_secs(1));
    world.tell("pi_1").await;
    let rows: Vec<i64> = world.refunds(&payment).await.iter().map(|row| row.0).collect();
    assert_eq!(rows, [400, 50]);
}

#[tokio::test]
async fn what_a_provider_refuses_has_failed_and_can_be_tried_anew() {
    let world = World::new().await;
    let payment = world.paid().await;
    world.provider.fail(Fault::Before(ProviderError::Refused {
        code: "insufficient_funds".into(),
        message: "no".into(),
    }));
    world.refund(&payment, all()).await;
    world.work().await;
    assert_eq!(world.refunds(&payment).await, [(1000, RefundStatus::Failed)]);
    assert_eq!(world.heard(), ["refund.requested", "refund.failed"]);
    world.refund(&payment, all()).await;
    world.work().await;
    assert_eq!(world.given_back(&payment).await, (1000, 1000));
}

#[tokio::test]
async fn a_refund_on_its_way_is_not_sent_twice_and_may_come_back() {
    let world = World::new().await;
    let payment = world.paid().await;
    world.provider.state().refunds_begin = Some(RefundState::Pending);
    let refund = world.refund(&payment, amount(400)).await;
    for _ in 0..2 {
        world.payments.send_refund(refund.id).await.unwrap();
    }
    assert_eq!(world.provider.state().refunds.len(), 1);
    assert_eq!(world.refunds(&payment).await, [(400, RefundStatus::Pending)]);
    assert!(world.get(payment.id).await.next_sync_at.is_some());
    for (state, status, refunded) in [
        (RefundState::Succeeded, RefundStatus::Succeeded, 400),
        (RefundState::Failed, RefundStatus::Failed, 0),
    ] {
        world.provider.state().refunds.get_mut("re_1").unwrap().1.state = state;
        world.advance(Duration::from_secs(1));
        world.tell("pi_1").await;
        assert_eq!(world.refunds(&payment).await, [(400, status)]);
        assert_eq!(world.get(payment.id).await.standing.refunded, refunded);
    }
    assert_eq!(world.get(payment.id).await.next_sync_at, None);
    assert_eq!(
        world.heard(),
        ["refund.requested", "payment.refunded", "refund.failed"]
    );
    assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
    assert_eq!(
        (
            world.balance("refunds").await,
            world.balance("provider:stub").await
        ),
        (0, 1000)
    );
}

#[tokio::test]
async fn refunds_made_at_the_provider_have_rows_of_their_own() {
    let world = World::new().await;
    let payment = world.paid().await;
    let by_hand = RefundSnapshot {
        id: Some("re_hand".into()),
        reference: None,
        amount: usd(250),
        state: RefundState::Succeeded,
        created_at: None,
    };
    world
        .provider
        .state()
        .refunds
        .insert("re_hand".into(), ("pi_1".into(), by_hand));
    for _ in 0..3 {
        world.advance(Duration::from_secs(1));
        world.tell("pi_1").await;
    }
    assert_eq!(world.refunds(&payment).await, [(250, RefundStatus::Succeeded)]);
    assert_eq!(world.heard(), ["payment.refunded"]);
    let rest = world.refund(&payment, all()).await;
    assert_eq!(rest.amount, 750);
}

#[tokio::test]
async fn where_refunds_are_not_listed_the_sum_tells() {
    let world = World::with(TestProvider::plain()).await;
    let payment = world.paid().await;
    for (refunded, expected) in [(250, vec![250]), (250, vec![250]), (400, vec![250, 150])] {
        world.advance(Duration::from_secs(1));
        world
            .provider
            .change("pi_1", |payment| payment.refunded = usd(refunded));
        world.tell("pi_1").await;
        let rows: Vec<i64> = world.refunds(&payment).await.iter().map(|row| row.0).collect();
        assert_eq!(rows, expected);
    }
    assert_eq!(world.get(payment.id).await.standing.refunded, 400);
}
