use kernel::PageRequest;

use super::*;
use crate::{EntitlementError, EntitlementReason, FlagContent, OverrideContent};

fn granting(limit: Option<i64>) -> OverrideContent {
    OverrideContent {
        is_enabled: true,
        limit,
        period: None,
        expires_at: None,
        reason: "agreed".to_owned(),
    }
}

#[tokio::test]
async fn an_override_counts_until_it_is_over_or_deleted() {
    let world = World::new().await;
    let (overrides, context) = (&world.services.overrides, RequestContext::system());
    let organization = world.subscribed([("calls", limited(5))]).await;
    let first = overrides.put(&context, organization, key("calls"), granting(Some(50)));
    let first = first.await.unwrap();
    let verdict = world.check(organization, "calls", 50).await;
    assert_eq!(
        (verdict.reason, verdict.limit),
        (EntitlementReason::GrantedByOverride, Some(50))
    );
    // Another takes its place and keeps its id.
    let wish = OverrideContent {
        is_enabled: false,
        expires_at: Some(at("2026-03-16T00:00:00Z")),
        ..granting(None)
    };
    let second = overrides.put(&context, organization, key("calls"), wish);
    assert_eq!(second.await.unwrap().id, first.id);
    assert_eq!(
        world.check(organization, "calls", 1).await.reason,
        EntitlementReason::DeniedByOverride
    );
    world.set("2026-03-16T00:00:00Z");
    assert_eq!(world.check(organization, "calls", 1).await.limit, Some(5));
    let page = overrides
        .list(organization, PageRequest::new(1, None))
        .await
        .unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    overrides
        .delete(&context, organization, key("calls"))
        .await
        .unwrap();
    let again = overrides.delete(&context, organization, key("calls")).await;
    assert!(matches!(again, Err(EntitlementError::NotFound)));
    assert_eq!(
        world.names()[2..],
        [
            "entitlement.overridden",
            "entitlement.overridden",
            "entitlement.override_removed"
        ]
    );
}

#[tokio::test]
async fn an_override_says_how_what_no_plan_knows_is_counted() {
    let world = World::new().await;
    let organization = world.organization().await;
    let wish = OverrideContent {
        period: Some(FeaturePeriod::Lifetime),
        ..granting(Some(3))
    };
    let context = RequestContext::system();
    let put = world
        .services
        .overrides
        .put(&context, organization, key("projects"), wish);
    put.await.unwrap();
    let verdict = world.check(organization, "projects", 3).await;
    assert_eq!(verdict.period.kind, FeaturePeriod::Lifetime);
    assert_eq!((verdict.is_allowed, verdict.resets_at), (true, None));
}

#[tokio::test]
async fn overrides_are_for_organizations_that_there_are_and_for_the_future() {
    let world = World::new().await;
    let (overrides, context) = (&world.services.overrides, RequestContext::system());
    let nowhere = OrganizationId::from_uuid(world.uuid());
    let put = overrides
        .put(&context, nowhere, key("calls"), granting(None))
        .await;
    assert!(matches!(put, Err(EntitlementError::NotFound)));
    let organization = world.organization().await;
    let wish = OverrideContent {
        expires_at: Some(world.now()),
        ..granting(None)
    };
    let put = overrides.put(&context, organization, key("calls"), wish).await;
    assert!(matches!(put, Err(EntitlementError::Invalid(_))));
    assert!(world.names().is_empty());
}

#[tokio::test]
async fn a_flag_takes_away_what_is_sold_and_gives_what_is_not() {
    let world = World::new().await;
    let (flags, context) = (&world.services.flags, RequestContext::system());
    let (first, second) = (
        world.subscribed([("calls", limited(5))]).await,
        world.organization().await,
    );
    let wish = |is_enabled, rollout_percent, organizations| FlagContent {
        is_enabled,
        rollout_percent,
        organizations,
        description: String::new(),
    };
    let put = async |feature: &str, wish| flags.put(&context, key(feature), wish).await;
    put("calls", wish(true, 0, vec![second])).await.unwrap();
    assert_eq!(
        world.check(first, "calls", 1).await.reason,
        EntitlementReason::FlagOff
    );
    assert_eq!(
        world.check(second, "calls", 1).await.reason,
        EntitlementReason::NotInPlan
    );
    put("calls", wish(true, 100, vec![])).await.unwrap();
    assert_eq!(
        world.check(first, "calls", 1).await.reason,
        EntitlementReason::Granted
    );
    put("search", wish(true, 0, vec![second, second])).await.unwrap();
    assert_eq!(
        world.check(first, "search", 1).await.reason,
        EntitlementReason::FlagOff
    );
    assert_eq!(world.check(second, "search", 9).await.limit, None);
    put("search", wish(false, 100, vec![second])).await.unwrap();
    assert_eq!(
        world.check(second, "search", 1).await.reason,
        EntitlementReason::FlagOff
    );
    let page = flags.list(PageRequest::new(1, None)).await.unwrap();
    assert_eq!(page.items[0].feature, key("calls"));
    let page = flags.list(PageRequest::new(1, page.next)).await.unwrap();
    assert_eq!(page.items[0].content.organizations, [second]);
    assert_eq!(page.next, None);
    let nowhere = OrganizationId::from_uuid(world.uuid());
    let refused = put("search", wish(true, 100, vec![nowhere])).await;
    assert!(matches!(refused, Err(EntitlementError::Invalid(_))));
    // What was refused changed nothing.
    assert_eq!(
        world.check(second, "search", 1).await.reason,
        EntitlementReason::FlagOff
    );
    flags.delete(&context, key("search")).await.unwrap();
    assert_eq!(
        world.check(second, "search", 1).await.reason,
        EntitlementReason::NotInPlan
    );
    let again = flags.delete(&context, key("search")).await;
    assert!(matches!(again, Err(EntitlementError::NotFound)));
}
