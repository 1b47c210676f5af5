//! As many as there are members.

use db::Tx;
use ports::payments::{Capability, ProviderError};

use super::desk::Fault;
use super::*;

impl World {
    /// Members come and go, and each is told by itself.
    async fn members_are(&self, members: &[i64]) {
        for count in members {
            self.payers
                .members
                .lock()
                .unwrap()
                .insert(self.organization, *count);
            let (subscriptions, organization) = (self.services.subscriptions.clone(), self.organization);
            let work = async move |tx: &mut Tx| subscriptions.follow_members_in(tx, organization).await;
            self.machinery.db.write(work).await.unwrap();
        }
    }

    fn following(&self) -> SubscriptionWish {
        SubscriptionWish {
            follows_members: true,
            ..self.wish()
        }
    }
}

#[tokio::test]
async fn seats_follow_members_in_one_step() {
    let world = World::new().await;
    let paid = world.running_by(world.following()).await;
    assert_eq!(paid.state.quantity, 3);
    world.work().await;
    world.desk.asked();
    world.members_are(&[4, 5, 6, 5]).await;
    world.work().await;
    assert_eq!(world.desk.asked(), ["change None Some(5) NextInvoice"]);
    assert_eq!(world.get(paid.id).await.state.quantity, 5);
    // Nobody is left, and there is one seat.
    world.members_are(&[6, 5, 0]).await;
    world.work().await;
    assert_eq!(world.desk.asked(), ["change None Some(1) NextInvoice"]);
    // As before in the end: nobody is asked.
    world.members_are(&[2, 1]).await;
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0]);
    // Nobody sets it by hand.
    let wish = crate::subscription::model::ChangeWish {
        price: None,
        quantity: Some(9),
        proration: None,
    };
    let set = world
        .services
        .subscriptions
        .change(&somebody(), (None, paid.id), wish)
        .await;
    refused(set, "validation_failed");
}

#[tokio::test]
async fn seats_are_tried_again_until_they_are_right() {
    let world = World::new().await;
    let paid = world.running_by(world.following()).await;
    world.work().await;
    world.members_are(&[7]).await;
    world
        .desk
        .fail(Fault::After(ProviderError::OutcomeUnknown("late".into())));
    world.work().await;
    assert_eq!(world.get(paid.id).await.state.pending_quantity, Some(7));
    world.work().await;
    let set = world.get(paid.id).await;
    assert_eq!((set.state.quantity, set.state.pending_quantity), (7, None));
}

#[tokio::test]
async fn who_came_while_somebody_paid_has_a_seat() {
    let world = World::new().await;
    let started = world
        .services
        .subscriptions
        .start(&somebody(), world.following())
        .await
        .unwrap();
    world.members_are(&[8]).await;
    world.desk.pay("page_1", world.now());
    world.synced(started.id).await;
    world.work().await;
    assert_eq!(world.get(started.id).await.state.quantity, 8);
}

#[tokio::test]
async fn others_have_no_seats_that_follow() {
    let world = World::with(without(&[Capability::Proration])).await;
    world.running().await;
    world.desk.asked();
    world.members_are(&[9]).await;
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0]);
}
