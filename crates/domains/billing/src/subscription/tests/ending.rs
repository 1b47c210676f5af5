//! Ending a subscription.

use db::Tx;
use ports::payments::{Capability, ProviderError, SubscriptionState};

use super::desk::Fault;
use super::*;
use crate::subscription::model::{CancelTime, Status};

/// As Flutterwave is: it ends subscriptions at once, and takes them up again.
fn abrupt() -> Desk {
    without(&[Capability::CancelAtPeriodEnd])
}

impl World {
    async fn cancel(&self, id: SubscriptionId, time: CancelTime) -> Result<Subscription, BillingError> {
        self.services
            .subscriptions
            .cancel(&somebody(), (None, id), time)
            .await
    }

    async fn delete_organization(&self) {
        let (subscriptions, organization) = (self.services.subscriptions.clone(), self.organization);
        self.payers.members.lock().unwrap().remove(&organization);
        let work = async move |tx: &mut Tx| subscriptions.end_all_in(tx, organization).await;
        self.machinery.db.write(work).await.unwrap();
    }
}

#[tokio::test]
async fn it_ends_with_its_period_or_now_and_that_can_be_taken_back() {
    let world = World::new().await;
    let paid = world.running().await;
    world.heard();
    let ending = world.cancel(paid.id, CancelTime::PeriodEnd).await.unwrap();
    assert_eq!(
        (ending.state.status, ending.state.cancel_at),
        (Status::Active, paid.state.current_period_end)
    );
    assert_eq!(
        world.names_heard(),
        ["subscription.updated", "subscription.cancellation_scheduled"]
    );
    refused(world.cancel(paid.id, CancelTime::PeriodEnd).await, "wrong_state");
    let resumed = world
        .services
        .subscriptions
        .resume(&somebody(), (None, paid.id))
        .await
        .unwrap();
    assert_eq!((resumed.state.cancel_at, resumed.state.canceled_at), (None, None));
    world.heard();
    let over = world.cancel(paid.id, CancelTime::Now).await.unwrap();
    assert_eq!(over.state.status, Status::Canceled);
    assert_eq!(
        world.names_heard(),
        ["subscription.updated", "subscription.canceled"]
    );
    refused(world.cancel(paid.id, CancelTime::Now).await, "wrong_state");
}

#[tokio::test]
async fn our_own_schedule_asks_a_day_before_and_takes_nothing_away() {
    let world = World::with(abrupt()).await;
    let paid = world.running().await;
    let end = paid.state.current_period_end.unwrap();
    world.desk.asked();
    let ending = world.cancel(paid.id, CancelTime::PeriodEnd).await.unwrap();
    assert_eq!(ending.state.cancel_at, Some(end));
    world.advance(DAY * 29);
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0], "not two days before");
    world.advance(DAY + Duration::from_mins(1));
    world.work().await;
    assert_eq!(world.desk.asked(), ["cancel Now"]);
    assert_eq!(
        world.get(paid.id).await.state.status,
        Status::Active,
        "it is paid for"
    );
    world.advance(DAY);
    world.work().await;
    assert_eq!(world.get(paid.id).await.state.status, Status::Canceled);
    assert_eq!(world.desk.asked(), [""; 0]);
    world.advance(DAY * 60);
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0]);
}

#[tokio::test]
async fn our_own_schedule_is_taken_back_before_and_after_it_asked() {
    let world = World::with(abrupt()).await;
    let paid = world.running().await;
    world.cancel(paid.id, CancelTime::PeriodEnd).await.unwrap();
    world.desk.asked();
    let resume = async || {
        world
            .services
            .subscriptions
            .resume(&somebody(), (None, paid.id))
            .await
    };
    assert_eq!(resume().await.unwrap().state.cancel_at, None);
    assert_eq!(world.desk.asked(), [""; 0]);
    world.advance(DAY * 30 + Duration::from_mins(1));
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0], "it was taken back");
    world.cancel(paid.id, CancelTime::PeriodEnd).await.unwrap();
    world.work().await;
    assert_eq!(world.desk.asked(), ["cancel Now"]);
    let resumed = resume().await.unwrap();
    assert_eq!(
        (resumed.state.status, resumed.state.cancel_at),
        (Status::Active, None)
    );
    assert_eq!(world.desk.asked(), ["resume"]);
}

#[tokio::test]
async fn a_period_that_was_charged_all_the_same_is_not_taken_away() {
    let world = World::with(abrupt()).await;
    let paid = world.running().await;
    world.cancel(paid.id, CancelTime::PeriodEnd).await.unwrap();
    world.desk.asked();
    // Nobody was there to ask for two days, and the provider charged the next period.
    world.advance(DAY * 32);
    let renewed = world.now().plus(DAY * 30);
    world
        .desk
        .change("sub_1", |there| there.current_period_end = Some(renewed));
    world.work().await;
    assert_eq!(world.desk.asked(), [""; 0]);
    let charged = world.get(paid.id).await;
    assert_eq!(
        (charged.state.status, charged.state.cancel_at),
        (Status::Active, Some(renewed))
    );
    assert_eq!(
        charged.state.reason.as_deref(),
        Some("charged_after_cancellation")
    );
    world.advance(DAY * 29 + Duration::from_mins(1));
    world.work().await;
    assert_eq!(world.desk.asked(), ["cancel Now"]);
    world.advance(DAY);
    world.work().await;
    assert_eq!(world.get(paid.id).await.state.status, Status::Canceled);
}

#[tokio::test]
async fn the_subscriptions_of_a_deleted_organization_end() {
    let world = World::new().await;
    let paid = world.running().await;
    world.desk.asked();
    world
        .desk
        .fail(Fault::Before(ProviderError::Unavailable("away".into())));
    world.delete_organization().await;
    world.work().await;
    assert_eq!(world.get(paid.id).await.state.status, Status::Active);
    // It is tried again until it is done.
    world.advance(DAY);
    world.work().await;
    assert_eq!(world.get(paid.id).await.state.status, Status::Canceled);
    assert_eq!(world.desk.asked(), ["cancel Now", "cancel Now"]);
}

#[tokio::test]
async fn a_page_of_a_deleted_organization_is_closed_and_what_was_paid_there_ends() {
    let world = World::new().await;
    let started = world.start(&keyed("a")).await.unwrap();
    world.delete_organization().await;
    world.work().await;
    assert_eq!(world.get(started.id).await.state.status, Status::Expired);
    assert_eq!(world.desk.state().closed, ["page_1"]);

    let world = World::with(without(&[Capability::CancelNow])).await;
    let started = world.start(&keyed("a")).await.unwrap();
    world.desk.pay("page_1", world.now());
    world.delete_organization().await;
    world.work().await;
    let ending = world.get(started.id).await;
    assert_eq!(
        (ending.state.status, ending.state.cancel_at),
        (Status::Active, ending.state.current_period_end)
    );
    assert!(ending.state.cancel_at.is_some());
    world
        .desk
        .change("sub_1", |there| there.state = SubscriptionState::Canceled);
    assert_eq!(world.synced(started.id).await.state.status, Status::Canceled);
}
