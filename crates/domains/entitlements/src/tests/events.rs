use super::*;
use crate::{EntitlementReason, EntitlementState};

async fn state(world: &World, organization: OrganizationId) -> EntitlementState {
    let checked = world
        .services
        .entitlements
        .check(organization, vec![key("calls")], 1);
    checked.await.unwrap().state
}

#[tokio::test]
async fn what_came_later_is_never_overwritten_by_what_comes_late() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world.plan("pro", [("calls", limited(5))]).await;
    let first = world.subscription(organization, plan);
    let version = |version: i64, status: &str| SubscriptionUpdated {
        version,
        status: status.to_owned(),
        ..first.clone()
    };
    for (event, expected) in [
        (version(2, "trialing"), EntitlementState::Trialing),
        (version(5, "active"), EntitlementState::Active),
        (version(3, "canceled"), EntitlementState::Active),
        (version(5, "canceled"), EntitlementState::Active),
        (version(6, "canceled"), EntitlementState::None),
        (version(4, "active"), EntitlementState::None),
    ] {
        world.publish(&event).await;
        assert_eq!(state(&world, organization).await, expected, "{event:?}");
    }
}

#[tokio::test]
async fn under_review_it_is_good_for_what_it_was() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world.plan("pro", [("calls", limited(5))]).await;
    let first = world.subscription(organization, plan);
    let version = |version: i64, status: &str| SubscriptionUpdated {
        version,
        status: status.to_owned(),
        ..first.clone()
    };
    // Nothing was before.
    world.publish(&version(1, "needs_review")).await;
    assert_eq!(state(&world, organization).await, EntitlementState::None);
    world.publish(&version(2, "active")).await;
    for (number, status) in [
        (3, "needs_review"),
        (4, "needs_review"),
        (5, "a_word_of_tomorrow"),
    ] {
        world.publish(&version(number, status)).await;
        assert_eq!(state(&world, organization).await, EntitlementState::Active);
    }
    // What is older than the review stays out.
    world.publish(&version(4, "canceled")).await;
    assert_eq!(state(&world, organization).await, EntitlementState::Active);
    world.publish(&version(6, "canceled")).await;
    world.publish(&version(7, "needs_review")).await;
    assert_eq!(state(&world, organization).await, EntitlementState::None);
}

#[tokio::test]
async fn who_is_past_due_is_so_since_it_was_first_heard() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world.plan("pro", [("calls", limited(5))]).await;
    let first = world.subscription(organization, plan);
    let past_due = |version| SubscriptionUpdated {
        version,
        status: "past_due".to_owned(),
        ..first.clone()
    };
    world.publish(&past_due(1)).await;
    world.set("2026-03-20T12:00:00Z");
    world.publish(&past_due(2)).await;
    world.set("2026-03-22T11:59:59Z");
    assert_eq!(state(&world, organization).await, EntitlementState::Grace);
    world.set("2026-03-22T12:00:00Z");
    assert_eq!(state(&world, organization).await, EntitlementState::ReadOnly);
    // Paid, and then missing again: that is another grace.
    world
        .publish(&SubscriptionUpdated {
            version: 3,
            ..first.clone()
        })
        .await;
    world.publish(&past_due(4)).await;
    assert_eq!(state(&world, organization).await, EntitlementState::Grace);
}

#[tokio::test]
async fn a_plan_that_is_saved_anew_counts_at_once_for_all_who_have_it() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world
        .plan("pro", [("calls", limited(5)), ("exports", limited(1))])
        .await;
    world.publish(&world.subscription(organization, plan)).await;
    assert_eq!(
        world.check(organization, "calls", 5).await.reason,
        EntitlementReason::Granted
    );
    world.save_plan(plan, "pro", [("calls", limited(3))]).await;
    assert_eq!(
        world.check(organization, "calls", 5).await.reason,
        EntitlementReason::LimitReached
    );
    assert_eq!(
        world.check(organization, "exports", 1).await.reason,
        EntitlementReason::NotInPlan
    );
}

#[tokio::test]
async fn an_organization_that_is_gone_stays_gone() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world.plan("pro", [("calls", limited(5))]).await;
    let first = world.subscription(organization, plan);
    world.publish(&first).await;
    let deleted = OrganizationDeleted {
        organization_id: organization,
    };
    world.publish(&deleted).await;
    assert_eq!(state(&world, organization).await, EntitlementState::None);
    let work = async move |tx: &mut Tx| {
        tx.execute("DELETE FROM organizations WHERE id = $1", args![organization])
            .await
    };
    world.machinery.db.write(work).await.unwrap();
    // The provider goes on telling of its subscription.
    world.publish(&SubscriptionUpdated { version: 2, ..first }).await;
    assert_eq!(state(&world, organization).await, EntitlementState::None);
}
