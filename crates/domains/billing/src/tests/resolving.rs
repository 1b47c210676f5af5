//! What staff decide.

use ports::payments::PaymentState;

use super::*;
use crate::payment::model::standing::reason;
use crate::payment::service::Resolution;

impl World {
    /// A payment that was paid with another amount, or in another currency.
    async fn odd(&self, amount: Money) -> Payment {
        let payment = self.start().await;
        self.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
        self.provider.change("pi_1", |payment| {
            (payment.amount, payment.total) = (amount, amount);
            payment.refunded = Money::zero(amount.currency());
        });
        self.tell("pi_1").await;
        assert_eq!(self.heard(), ["payment.created", "payment.review_needed"]);
        self.get(payment.id).await
    }

    async fn resolve(&self, payment: &Payment, resolution: Resolution) -> Result<Payment, BillingError> {
        self.payments
            .resolve(&somebody(), payment.id, (resolution, "the bank rounds".into()))
            .await
    }

    async fn tell_later(&self) {
        self.advance(Duration::from_secs(1));
        self.tell("pi_1").await;
    }
}

#[tokio::test]
async fn staff_take_what_the_provider_says_was_paid() {
    for amount in [usd(900), Money::new(900, "EUR".parse().unwrap())] {
        let world = World::new().await;
        let payment = world.odd(amount).await;
        let accepted = world.resolve(&payment, Resolution::Accept).await.unwrap();
        assert_eq!(accepted.standing.status, PaymentStatus::Succeeded);
        assert_eq!(
            (accepted.standing.paid, accepted.currency),
            (900, amount.currency())
        );
        assert_eq!(accepted.standing.reason.as_deref(), Some(reason::ACCEPTED));
        assert_eq!(world.heard(), ["payment.reviewed", "payment.succeeded"]);
        world.tell_later().await;
        assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
        assert_eq!(
            code(world.resolve(&payment, Resolution::Reject).await),
            "wrong_state"
        );
        assert_eq!(world.heard(), Vec::<String>::new());
    }
}

#[tokio::test]
async fn staff_reject_it_and_it_does_not_come_up_again() {
    let world = World::new().await;
    let payment = world.odd(usd(900)).await;
    let rejected = world.resolve(&payment, Resolution::Reject).await.unwrap();
    assert_eq!(rejected.standing.status, PaymentStatus::Failed);
    assert_eq!(world.heard(), ["payment.reviewed", "payment.failed"]);
    world.tell_later().await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Failed);
    assert_eq!(world.heard(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_taken_that_the_provider_does_not_have() {
    let world = World::new().await;
    let payment = world.odd(usd(900)).await;
    world
        .provider
        .change("pi_1", |payment| payment.state = PaymentState::Processing);
    assert_eq!(
        code(world.resolve(&payment, Resolution::Accept).await),
        "wrong_state"
    );
    assert_eq!(world.status(payment.id).await, PaymentStatus::NeedsReview);
    let open = world.start().await;
    assert_eq!(
        code(world.resolve(&open, Resolution::Accept).await),
        "wrong_state"
    );
}

#[tokio::test]
async fn money_that_came_twice_can_be_taken_and_given_back() {
    let world = World::new().await;
    world.start().await;
    for id in ["pi_1", "pi_2"] {
        world.provider.pay("page_1", id, PaymentState::Succeeded);
        world.tell(id).await;
    }
    let all = world.all().await;
    let second = all
        .iter()
        .find(|one| one.standing.reason.as_deref() == Some(reason::TWICE))
        .unwrap();
    let accepted = world.resolve(second, Resolution::Accept).await.unwrap();
    assert_eq!(accepted.standing.paid, 1000);
    let wish = crate::payment::service::RefundWish {
        amount: None,
        reason: None,
    };
    world.payments.refund(&somebody(), second.id, wish).await.unwrap();
    world.work().await;
    assert_eq!(world.status(second.id).await, PaymentStatus::Refunded);
}
