//! Mails to the owners.

use ports::payments::SubscriptionState;

use super::*;

impl World {
    /// The subjects of what was written since this was last asked.
    async fn subjects(&self) -> Vec<String> {
        let mails = self
            .mailbox
            .list(None, kernel::PageRequest::default())
            .await
            .unwrap();
        let mut subjects: Vec<String> = mails.items.into_iter().map(|mail| mail.subject).collect();
        subjects.reverse();
        subjects
    }
}

#[tokio::test]
async fn a_missing_payment_is_reminded_of_three_times() {
    let world = World::new().await;
    let paid = world.running().await;
    world
        .desk
        .change("sub_1", |there| there.state = SubscriptionState::PastDue);
    // However often it is said.
    world.synced(paid.id).await;
    world.advance(Duration::from_mins(5));
    world.synced(paid.id).await;
    assert_eq!(world.subjects().await, ["The payment for Pro is missing"]);
    world.work().await;
    world.work().await;
    assert_eq!(
        world.subjects().await.len(),
        3,
        "on the third day, and a day before grace ends"
    );
}

#[tokio::test]
async fn nobody_is_reminded_of_what_is_paid() {
    let world = World::new().await;
    let paid = world.running().await;
    world
        .desk
        .change("sub_1", |there| there.state = SubscriptionState::PastDue);
    world.synced(paid.id).await;
    world
        .desk
        .change("sub_1", |there| there.state = SubscriptionState::Active);
    world.synced(paid.id).await;
    world.work().await;
    assert_eq!(world.subjects().await.len(), 1);
}

#[tokio::test]
async fn the_end_of_a_trial_is_told_before() {
    let world = World::new().await;
    let mut wish = world.wish();
    wish.trial = None;
    let trying = world.running_by(wish).await;
    assert_eq!(world.subjects().await.len(), 0);
    world.work().await;
    assert_eq!(world.subjects().await, ["The trial of Pro ends soon"]);
    world
        .desk
        .change("sub_1", |there| there.state = SubscriptionState::Canceled);
    world.synced(trying.id).await;
    assert_eq!(world.subjects().await[1], "Pro has ended for Ink & Quill");
    world.synced(trying.id).await;
    assert_eq!(world.subjects().await.len(), 2);
}
