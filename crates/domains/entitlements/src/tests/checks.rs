use db::Engine;
use db::testing::statements_here;

use super::*;
use crate::{EntitlementReason, EntitlementState};

#[tokio::test]
async fn plans_of_several_subscriptions_add_up() {
    let world = World::new().await;
    let organization = world.organization().await;
    let per_seat = FeatureGrant {
        is_per_seat: true,
        ..limited(10)
    };
    let pro = world
        .plan("pro", [("calls", per_seat), ("exports", limited(1))])
        .await;
    let extra = world.plan("extra", [("calls", limited(5))]).await;
    let unlimited = FeatureGrant {
        limit: None,
        ..limited(0)
    };
    let all = world.plan("all", [("calls", unlimited)]).await;
    let mut first = world.subscription(organization, pro);
    first.quantity = 3;
    world.publish(&first).await;
    assert_eq!(world.check(organization, "calls", 30).await.limit, Some(30));
    world.publish(&world.subscription(organization, extra)).await;
    let verdict = world.check(organization, "calls", 35).await;
    assert_eq!((verdict.is_allowed, verdict.limit), (true, Some(35)));
    assert!(!world.check(organization, "calls", 36).await.is_allowed);
    world.publish(&world.subscription(organization, all)).await;
    assert_eq!(world.check(organization, "calls", 36).await.limit, None);
    // Others have nothing of it.
    let other = world.organization().await;
    assert_eq!(
        world.check(other, "calls", 1).await.reason,
        EntitlementReason::NotInPlan
    );
}

#[tokio::test]
async fn those_without_a_subscription_have_the_plan_of_all() {
    let world = World::new().await;
    let organization = world.organization().await;
    world.plan("free", [("calls", limited(2))]).await;
    let pro = world.plan("pro", [("exports", limited(1))]).await;
    let verdict = world.check(organization, "calls", 2).await;
    assert_eq!((verdict.is_allowed, verdict.limit), (true, Some(2)));
    // It is counted by the month.
    assert_eq!(verdict.period.start, at("2026-03-01T00:00:00Z"));
    assert_eq!(verdict.resets_at, Some(at("2026-04-01T00:00:00Z")));
    let first = world.subscription(organization, pro);
    world.publish(&first).await;
    let verdict = world.check(organization, "calls", 1).await;
    assert_eq!(verdict.reason, EntitlementReason::NotInPlan);
    assert_eq!(verdict.resets_at, Some(at("2026-04-05T09:00:00Z")));
    let over = SubscriptionUpdated {
        status: "canceled".to_owned(),
        version: 2,
        ..first
    };
    world.publish(&over).await;
    assert!(world.check(organization, "calls", 2).await.is_allowed);
}

#[tokio::test]
async fn the_list_has_all_that_is_granted_decided_or_rolled_out() {
    let world = World::new().await;
    let organization = world
        .subscribed([("calls", limited(5)), ("exports", limited(1))])
        .await;
    let context = RequestContext::system();
    let wish = crate::OverrideContent {
        is_enabled: false,
        limit: None,
        period: None,
        expires_at: None,
        reason: "abuse".to_owned(),
    };
    let denied = world
        .services
        .overrides
        .put(&context, organization, key("mails"), wish);
    denied.await.unwrap();
    let flag = crate::FlagContent {
        is_enabled: true,
        rollout_percent: 0,
        organizations: vec![organization],
        description: String::new(),
    };
    world
        .services
        .flags
        .put(&context, key("search"), flag)
        .await
        .unwrap();
    let listed = world.services.entitlements.list(organization).await.unwrap();
    let told: Vec<_> = listed
        .verdicts
        .iter()
        .map(|verdict| (verdict.feature.as_str(), verdict.reason))
        .collect();
    assert_eq!(
        told,
        [
            ("calls", EntitlementReason::Granted),
            ("exports", EntitlementReason::Granted),
            ("mails", EntitlementReason::DeniedByOverride),
            ("search", EntitlementReason::Granted),
        ]
    );
    assert_eq!(listed.state, EntitlementState::Active);
    let other = world.organization().await;
    let listed = world.services.entitlements.list(other).await.unwrap();
    assert!(listed.verdicts.is_empty());
}

#[tokio::test]
async fn a_check_is_two_reads_however_many_features_it_is_about() {
    let world = World::new().await;
    if world.machinery.db.engine() != Engine::Sqlite {
        return;
    }
    let organization = world.subscribed([("calls", limited(5))]).await;
    let features: Vec<_> = (0..50).map(|number| key(&format!("f{number}"))).collect();
    for asked in [vec![key("calls")], features] {
        let number = asked.len();
        let before = statements_here();
        let checked = world
            .services
            .entitlements
            .check(organization, asked, 1)
            .await
            .unwrap();
        assert_eq!(statements_here() - before, 2);
        assert_eq!(checked.verdicts.len(), number);
    }
    let before = statements_here();
    world.services.entitlements.list(organization).await.unwrap();
    assert_eq!(statements_here() - before, 3);
}
