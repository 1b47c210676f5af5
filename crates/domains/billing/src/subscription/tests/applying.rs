//! What a provider says, in whatever order it comes.

use db::Tx;
use ports::payments::{SubscriptionSnapshot, SubscriptionState};

use super::*;
use crate::Source;
use crate::subscription::model::Status;

impl World {
    async fn apply(&self, asked_at: Timestamp, snapshot: SubscriptionSnapshot) {
        let source = Source {
            provider: "desk",
            account: "test".into(),
            asked_at,
            reference: None,
        };
        let subscriptions = self.services.subscriptions.clone();
        let work = async move |tx: &mut Tx| subscriptions.apply(tx, &source, &snapshot).await;
        self.machinery.db.write(work).await.unwrap();
    }
}

#[tokio::test]
async fn an_older_answer_is_not_applied() {
    let world = World::new().await;
    let paid = world.running().await;
    let early = world.now();
    world.advance(Duration::from_secs(10));
    let mut answer = world.desk.snapshot("sub_1");
    answer.state = SubscriptionState::PastDue;
    world.apply(world.now(), answer.clone()).await;
    let due = world.get(paid.id).await;
    assert_eq!(
        (due.state.status, due.state.past_due_since),
        (Status::PastDue, Some(world.now()))
    );
    answer.state = SubscriptionState::Active;
    world.apply(early, answer.clone()).await;
    assert_eq!(world.get(paid.id).await, due);
    world.apply(world.now(), answer).await;
    assert_eq!(world.get(paid.id).await.state.status, Status::Active);
}

#[tokio::test]
async fn all_orders_of_the_same_answers_end_alike_and_tell_once() {
    let words = [
        SubscriptionState::Active,
        SubscriptionState::PastDue,
        SubscriptionState::Canceled,
    ];
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let world = World::new().await;
        let paid = world.running().await;
        world.heard();
        for index in order {
            // Each twice, as providers do.
            for _ in 0..2 {
                let mut answer = world.desk.snapshot("sub_1");
                answer.state = words[index].clone();
                let seconds = u64::try_from(index).unwrap() + 1;
                world
                    .apply(world.now().plus(Duration::from_secs(seconds)), answer)
                    .await;
            }
        }
        assert_eq!(
            world.get(paid.id).await.state.status,
            Status::Canceled,
            "{order:?}"
        );
        let names = world.names_heard();
        let count = |name: &str| names.iter().filter(|heard| *heard == name).count();
        assert_eq!(count("subscription.canceled"), 1, "{order:?} {names:?}");
        assert!(count("subscription.past_due") <= 1, "{order:?} {names:?}");
    }
}

#[tokio::test]
async fn a_price_that_nobody_knows_is_looked_at_by_somebody() {
    let world = World::new().await;
    let paid = world.running().await;
    world
        .desk
        .change("sub_1", |there| there.price = Some("price_of_gold".into()));
    let odd = world.synced(paid.id).await;
    assert_eq!(odd.state.status, Status::NeedsReview);
    assert_eq!(odd.state.reason.as_deref(), Some("unknown_price"));
    assert_eq!(odd.state.plan, paid.state.plan);
    // Somebody looked, and said which price it is.
    let named = price(&world.services, "gold", 9900, "price_of_gold").await;
    let settled = world.synced(paid.id).await;
    assert_eq!(
        (settled.state.status, settled.state.reason),
        (Status::Active, None)
    );
    assert_eq!((settled.state.price, settled.state.plan), (named.id, named.plan));
}

#[tokio::test]
async fn a_second_payment_on_the_same_page_is_noted_and_changes_nothing() {
    let world = World::new().await;
    let paid = world.running().await;
    world.desk.pay("page_1", world.now());
    let second = world.desk.snapshot("sub_2");
    world.apply(world.now(), second).await;
    let noted = world.get(paid.id).await;
    assert_eq!(noted.state.reason.as_deref(), Some("subscribed_twice"));
    assert_eq!(
        (noted.state.status, &noted.state.reference),
        (Status::Active, &paid.state.reference)
    );
    assert_eq!(
        world.synced(paid.id).await.state.reason.as_deref(),
        Some("subscribed_twice")
    );
}

#[tokio::test]
async fn what_is_nobodys_here_is_left_alone() {
    let world = World::new().await;
    let paid = world.running().await;
    let mut foreign = world.desk.snapshot("sub_1");
    foreign.id = "sub_of_somebody".into();
    foreign.reference = None;
    world.apply(world.now(), foreign.clone()).await;
    foreign.reference = Some("pay_01h455vb4pex5vsknk084sn02q".into());
    world.apply(world.now(), foreign).await;
    assert_eq!(world.get(paid.id).await, paid);
}
