//! Disputes.

use ports::payments::{DisputeSnapshot, DisputeState, PaymentState};

use super::*;
use crate::dispute::model::{Dispute, DisputeFilter, DisputeStatus};
use crate::dispute::service::Disputes;

fn dispute(state: DisputeState, withdrawn: i64) -> DisputeSnapshot {
    DisputeSnapshot {
        id: "dp_1".into(),
        payment: Some("pi_1".into()),
        amount: usd(1000),
        withdrawn: usd(withdrawn),
        state,
        reason: Some("fraudulent".into()),
        due_at: None,
        created_at: None,
    }
}

impl World {
    fn disputes(&self) -> Disputes {
        Disputes::new(self.machinery.clone(), self.payments.clone())
    }

    async fn disputed(&self, snapshot: DisputeSnapshot, asked_at: Timestamp) {
        let disputes = self.disputes();
        let source = Source {
            provider: "stub",
            account: "test".into(),
            asked_at,
            reference: None,
        };
        let work = async move |tx: &mut Tx| disputes.apply(tx, &source, &snapshot).await;
        self.machinery.db.write(work).await.unwrap();
    }

    async fn all_disputes(&self) -> Vec<Dispute> {
        let (filter, page) = (DisputeFilter::default(), PageRequest::default());
        self.disputes().list(filter, page).await.unwrap().items
    }
}

#[tokio::test]
async fn a_dispute_takes_money_and_may_bring_it_back() {
    let world = World::new().await;
    let payment = world.start().await;
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    world.tell("pi_1").await;
    world.heard();
    let times: Vec<Timestamp> = (1..=4)
        .map(|second| world.now().plus(Duration::from_secs(second)))
        .collect();
    let told = [
        dispute(DisputeState::NeedsResponse, 0),
        dispute(DisputeState::NeedsResponse, 1000),
        dispute(DisputeState::UnderReview, 1000),
        dispute(DisputeState::Won, 0),
    ];
    for place in [0, 1, 1, 0] {
        world.disputed(told[place].clone(), times[place]).await;
    }
    assert_eq!(world.heard(), ["dispute.opened", "dispute.funds_moved"]);
    assert_eq!(
        (
            world.balance("disputes").await,
            world.balance("provider:stub").await
        ),
        (1000, 0)
    );
    let standing = world.get(payment.id).await.standing;
    assert_eq!(
        (standing.status, standing.disputed),
        (PaymentStatus::Disputed, 1000)
    );
    let outcome = world
        .payments
        .refund(
            &somebody(),
            payment.id,
            crate::payment::service::RefundWish {
                amount: None,
                reason: None,
            },
        )
        .await;
    assert_eq!(code(outcome), "wrong_state");
    // What is told about the payment changes nothing about the dispute.
    world.advance(Duration::from_secs(10));
    world.tell("pi_1").await;
    assert_eq!(world.status(payment.id).await, PaymentStatus::Disputed);
    for place in [3, 2, 3] {
        world.disputed(told[place].clone(), times[place]).await;
    }
    assert_eq!(world.heard(), ["dispute.funds_moved", "dispute.closed"]);
    assert_eq!(
        (
            world.balance("disputes").await,
            world.balance("provider:stub").await
        ),
        (0, 1000)
    );
    assert_eq!(world.status(payment.id).await, PaymentStatus::Succeeded);
    let all = world.all_disputes().await;
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].status, all[0].withdrawn), (DisputeStatus::Won, 0));
}

#[tokio::test]
async fn a_lost_dispute_stays_and_those_of_others_are_left_alone() {
    let world = World::new().await;
    let payment = world.start().await;
    let now = world.now();
    world.disputed(dispute(DisputeState::Lost, 1000), now).await;
    assert!(world.all_disputes().await.is_empty());
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    world.tell("pi_1").await;
    world.heard();
    for _ in 0..2 {
        world.disputed(dispute(DisputeState::Lost, 1000), now).await;
    }
    assert_eq!(
        world.heard(),
        ["dispute.opened", "dispute.funds_moved", "dispute.closed"]
    );
    assert_eq!(world.status(payment.id).await, PaymentStatus::Disputed);
    // In another currency nothing is booked, and staff are told.
    let mut foreign = dispute(DisputeState::NeedsResponse, 900);
    foreign.id = "dp_2".into();
    foreign.amount = Money::new(900, "EUR".parse().unwrap());
    for _ in 0..2 {
        world.disputed(foreign.clone(), now).await;
    }
    assert_eq!(world.heard(), ["payment.review_needed"]);
    assert_eq!(world.all_disputes().await.len(), 1);
}

#[tokio::test]
async fn the_same_dispute_at_once_is_opened_once() {
    let world = Arc::new(World::new().await);
    world.start().await;
    world.provider.pay("page_1", "pi_1", PaymentState::Succeeded);
    world.tell("pi_1").await;
    world.heard();
    let now = world.now();
    let tasks: Vec<_> = (0..12)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world
                    .disputed(dispute(DisputeState::NeedsResponse, 1000), now)
                    .await;
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    assert_eq!(world.heard(), ["dispute.opened", "dispute.funds_moved"]);
}
