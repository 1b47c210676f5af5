//! Changing, pausing and resuming.

use ports::payments::{Capability, Proration, ProviderError};

use super::desk::Fault;
use super::*;
use crate::subscription::model::{ChangeWish, PauseKind, Status};

fn quantity(quantity: u32) -> ChangeWish {
    ChangeWish {
        price: None,
        quantity: Some(quantity),
        proration: None,
    }
}

#[tokio::test]
async fn price_and_quantity_are_changed() {
    let world = World::new().await;
    let paid = world.running().await;
    let other = price(&world.services, "max", 4900, "price_2").await;
    let wish = ChangeWish {
        price: Some(other.id),
        quantity: Some(5),
        proration: Some(Proration::Now),
    };
    let which = (Some(world.organization), paid.id);
    let subscriptions = &world.services.subscriptions;
    let preview = subscriptions.preview(which, wish).await.unwrap();
    assert_eq!((preview.total.minor(), preview.prorated.minor()), (9500, -100));
    world.desk.asked();
    let changed = subscriptions.change(&keyed("k"), which, wish).await.unwrap();
    assert_eq!(
        (changed.state.price, changed.state.plan, changed.state.quantity),
        (other.id, other.plan, 5)
    );
    assert_eq!(
        (changed.state.pending_price, changed.state.pending_quantity),
        (None, None)
    );
    assert_eq!(world.desk.asked(), ["change Some(\"price_2\") Some(5) Now"]);
    // Repeated under its key it is not done again.
    let again = subscriptions.change(&keyed("k"), which, wish).await.unwrap();
    assert_eq!(again.version, changed.version);
    assert_eq!(world.desk.asked(), [""; 0]);
}

#[tokio::test]
async fn a_change_whose_outcome_nobody_knows_is_waited_for() {
    let world = World::new().await;
    let paid = world.running().await;
    let which = (None, paid.id);
    let subscriptions = &world.services.subscriptions;
    world
        .desk
        .fail(Fault::After(ProviderError::OutcomeUnknown("late".into())));
    let lost = subscriptions.change(&keyed("k"), which, quantity(4)).await;
    refused(lost, "payment_provider_unavailable");
    let waiting = world.get(paid.id).await;
    assert_eq!(
        (waiting.state.quantity, waiting.state.pending_quantity),
        (1, Some(4))
    );
    assert!(waiting.next_sync_at.unwrap() <= world.now().plus(Duration::from_mins(1)));
    // It did happen: the repetition finds that out and does nothing.
    world.desk.asked();
    let done = subscriptions
        .change(&keyed("k"), which, quantity(4))
        .await
        .unwrap();
    assert_eq!((done.state.quantity, done.state.pending_quantity), (4, None));
    assert_eq!(world.desk.asked(), [""; 0]);
    // It did not happen: the repetition asks under the same key.
    world
        .desk
        .fail(Fault::Before(ProviderError::Unavailable("away".into())));
    refused(
        subscriptions.change(&keyed("l"), which, quantity(6)).await,
        "payment_provider_unavailable",
    );
    assert_eq!(
        subscriptions
            .change(&keyed("l"), which, quantity(6))
            .await
            .unwrap()
            .state
            .quantity,
        6
    );
    // A refusal is not waited for.
    world.desk.fail(Fault::Before(ProviderError::Declined {
        code: "card_declined".into(),
        message: "declined".into(),
    }));
    refused(
        subscriptions.change(&keyed("m"), which, quantity(7)).await,
        "payment_declined",
    );
    assert_eq!(world.get(paid.id).await.state.pending_quantity, None);
}

#[tokio::test]
async fn what_the_provider_can_not_do_is_not_asked_for() {
    let missing = [
        Capability::Quantity,
        Capability::ChangePrice,
        Capability::PreviewChange,
        Capability::Pause,
        Capability::Resume,
        Capability::Proration,
    ];
    let world = World::with(without(&missing)).await;
    let paid = world.running().await;
    let which = (None, paid.id);
    let subscriptions = &world.services.subscriptions;
    world.desk.asked();
    let other = price(&world.services, "max", 4900, "price_2").await;
    let price = ChangeWish {
        price: Some(other.id),
        quantity: None,
        proration: None,
    };
    let refusals = [
        subscriptions.change(&somebody(), which, price).await.err(),
        subscriptions.change(&somebody(), which, quantity(2)).await.err(),
        subscriptions.preview(which, quantity(2)).await.err(),
        subscriptions
            .pause(&somebody(), which, PauseKind::Free, None)
            .await
            .err(),
        subscriptions.resume(&somebody(), which).await.err(),
    ];
    for refusal in refusals {
        assert_eq!(refusal.unwrap().code(), "capability_not_supported");
    }
    assert_eq!(world.desk.asked(), [""; 0]);
    assert_eq!(world.get(paid.id).await, paid);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = World::new().await;
    let started = world.start(&keyed("a")).await.unwrap();
    let subscriptions = &world.services.subscriptions;
    let which = (None, started.id);
    refused(
        subscriptions.change(&somebody(), which, quantity(2)).await,
        "wrong_state",
    );
    refused(subscriptions.resume(&somebody(), which).await, "wrong_state");
    world.desk.pay("page_1", world.now());
    world.synced(started.id).await;
    let nothing = ChangeWish {
        price: None,
        quantity: None,
        proration: None,
    };
    refused(
        subscriptions.change(&somebody(), which, nothing).await,
        "validation_failed",
    );
    let elsewhere = (Some(OrganizationId::from_uuid(Uuid::from_u128(5))), started.id);
    refused(
        subscriptions.change(&somebody(), elsewhere, quantity(2)).await,
        "not_found",
    );
    let yesterday = Some(world.now().minus(DAY));
    let paused = subscriptions
        .pause(&somebody(), which, PauseKind::Free, yesterday)
        .await;
    refused(paused, "validation_failed");
}

#[tokio::test]
async fn a_pause_begins_and_ends() {
    let world = World::new().await;
    let paid = world.running().await;
    let which = (None, paid.id);
    let subscriptions = &world.services.subscriptions;
    let until = Some(world.now().plus(DAY));
    let paused = subscriptions
        .pause(&somebody(), which, PauseKind::Void, until)
        .await
        .unwrap();
    assert_eq!(paused.state.status, Status::Paused);
    assert_eq!(paused.state.pause.unwrap().resumes_at, until);
    assert!(paused.next_sync_at.unwrap() <= world.now().plus(DAY + Duration::from_hours(1)));
    let (_, told) = world.heard().pop().unwrap();
    assert_eq!(
        (told["status"].as_str(), told["pause_mode"].as_str()),
        (Some("paused"), Some("void"))
    );
    let resumed = subscriptions.resume(&somebody(), which).await.unwrap();
    assert_eq!(
        (resumed.state.status, resumed.state.pause),
        (Status::Active, None)
    );
}
