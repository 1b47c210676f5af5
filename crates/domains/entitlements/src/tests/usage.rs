use kernel::PageRequest;

use super::*;
use crate::{EntitlementError, NewUsage, RecordedStatus};

fn used(feature: &str, amount: i64, idempotency_key: &str) -> NewUsage {
    NewUsage {
        feature: key(feature),
        amount,
        idempotency_key: idempotency_key.to_owned(),
        occurred_at: None,
    }
}

impl World {
    async fn record(
        &self,
        organization: OrganizationId,
        usage: Vec<NewUsage>,
    ) -> Result<Vec<RecordedStatus>, EntitlementError> {
        let context = RequestContext::system();
        let recorded = self.services.meter.record(&context, organization, usage).await?;
        Ok(recorded.into_iter().map(|one| one.status).collect())
    }
}

#[tokio::test]
async fn each_key_is_counted_once_however_often_it_is_told() {
    let world = World::new().await;
    let organization = world
        .subscribed([("calls", limited(10)), ("mails", limited(10))])
        .await;
    let batch = vec![
        used("calls", 2, "a"),
        used("calls", 3, "b"),
        used("calls", 9, "a"),
        used("mails", 1, "a"),
    ];
    let [new, old] = [RecordedStatus::Recorded, RecordedStatus::Duplicate];
    let first = world.record(organization, batch.clone()).await.unwrap();
    assert_eq!(first, [new, new, old, new]);
    assert_eq!(world.record(organization, batch).await.unwrap(), [old; 4]);
    assert_eq!(world.check(organization, "calls", 5).await.used, 5);
    assert_eq!(world.check(organization, "mails", 1).await.used, 1);
    assert_eq!(world.check(organization, "calls", 5).await.remaining, Some(5));
    // Another's keys are another's.
    let other = world.organization().await;
    assert_eq!(
        world.record(other, vec![used("calls", 1, "a")]).await.unwrap(),
        [new]
    );
    let page = world
        .services
        .meter
        .list_events(organization, None, PageRequest::new(2, None));
    let page = page.await.unwrap();
    assert_eq!((page.items.len(), page.next.is_some()), (2, true));
    let page = world
        .services
        .meter
        .list_events(organization, None, PageRequest::new(2, page.next));
    assert_eq!(page.await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn told_by_many_at_once_it_is_counted_once() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10_000))]).await;
    let telling = (0..16).map(|start| {
        let meter = world.services.meter.clone();
        // Everybody tells the same hundred, beginning elsewhere.
        let batch: Vec<_> = (0..100)
            .map(|number| used("calls", 1, &format!("k{}", (number + start * 7) % 100)))
            .collect();
        tokio::spawn(async move { meter.record(&RequestContext::system(), organization, batch).await })
    });
    let mut recorded = 0;
    for told in telling.collect::<Vec<_>>() {
        let told = told.await.unwrap().unwrap();
        recorded += told
            .iter()
            .filter(|one| one.status == RecordedStatus::Recorded)
            .count();
    }
    assert_eq!(recorded, 100);
    assert_eq!(world.check(organization, "calls", 1).await.used, 100);
}

#[tokio::test]
async fn a_new_period_begins_by_itself_and_what_comes_late_counts_where_it_was() {
    let world = World::new().await;
    let organization = world.organization().await;
    let plan = world
        .plan(
            "pro",
            [("calls", limited(10)), ("days", counted(10, FeaturePeriod::Day))],
        )
        .await;
    let first = world.subscription(organization, plan);
    world.publish(&first).await;
    let batch = vec![used("calls", 4, "a"), used("days", 5, "a")];
    world.record(organization, batch).await.unwrap();
    world.set("2026-03-16T00:00:00Z");
    assert_eq!(world.check(organization, "calls", 1).await.used, 4);
    assert_eq!(world.check(organization, "days", 1).await.used, 0);
    let yesterday = NewUsage {
        occurred_at: Some(at("2026-03-15T23:59:59Z")),
        ..used("days", 2, "b")
    };
    world.record(organization, vec![yesterday]).await.unwrap();
    assert_eq!(world.check(organization, "days", 1).await.used, 0);
    // The subscription is renewed.
    world.set("2026-04-06T00:00:00Z");
    let renewed = SubscriptionUpdated {
        current_period_start: Some(at("2026-04-05T09:00:00Z")),
        current_period_end: Some(at("2026-05-05T09:00:00Z")),
        version: 2,
        ..first
    };
    world.publish(&renewed).await;
    assert_eq!(world.check(organization, "calls", 1).await.used, 0);
    let late = NewUsage {
        occurred_at: Some(at("2026-04-05T08:59:59Z")),
        ..used("calls", 1, "late")
    };
    world
        .record(organization, vec![late, used("calls", 2, "now")])
        .await
        .unwrap();
    assert_eq!(world.check(organization, "calls", 1).await.used, 2);
    let page = world
        .services
        .meter
        .list(organization, Some(key("calls")), PageRequest::default());
    let counters: Vec<_> = page
        .await
        .unwrap()
        .items
        .iter()
        .map(|counter| (counter.period_start, counter.used))
        .collect();
    assert_eq!(
        counters,
        [(at("2026-04-05T09:00:00Z"), 2), (at("2026-03-05T09:00:00Z"), 5)]
    );
}

#[tokio::test]
async fn what_is_kept_can_become_less_but_never_less_than_nothing() {
    let world = World::new().await;
    let organization = world
        .subscribed([
            ("projects", counted(3, FeaturePeriod::Lifetime)),
            ("calls", limited(3)),
        ])
        .await;
    let batch = vec![used("projects", 3, "made")];
    world.record(organization, batch).await.unwrap();
    assert!(!world.check(organization, "projects", 1).await.is_allowed);
    world
        .record(organization, vec![used("projects", -1, "gone")])
        .await
        .unwrap();
    assert_eq!(world.check(organization, "projects", 1).await.remaining, Some(1));
    world
        .record(organization, vec![used("projects", -9, "all gone")])
        .await
        .unwrap();
    assert_eq!(world.check(organization, "projects", 1).await.used, 0);
    let refused = world
        .record(
            organization,
            vec![used("projects", 1, "x"), used("calls", -1, "y")],
        )
        .await;
    let Err(EntitlementError::Invalid(fields)) = refused else {
        panic!("{refused:?}");
    };
    assert_eq!(fields[0].pointer, "/events/1/amount");
    // All of it or nothing.
    assert_eq!(world.check(organization, "projects", 1).await.used, 0);
    for occurred_at in ["2026-03-15T12:05:01Z", "2026-02-08T11:59:59Z"] {
        let odd = NewUsage {
            occurred_at: Some(at(occurred_at)),
            ..used("calls", 1, occurred_at)
        };
        let refused = world.record(organization, vec![odd]).await;
        assert!(
            matches!(refused, Err(EntitlementError::Invalid(_))),
            "{occurred_at}"
        );
    }
}

#[tokio::test]
async fn a_limit_that_is_reached_is_told_once_in_a_period() {
    let world = World::new().await;
    let organization = world
        .subscribed([("calls", counted(5, FeaturePeriod::Day))])
        .await;
    let told = || {
        let names = world.names();
        names.iter().filter(|name| *name == "usage.limit_reached").count()
    };
    for (number, expected) in [(4, 0), (1, 1), (3, 1)] {
        let batch = vec![used("calls", number, &format!("first {number}"))];
        world.record(organization, batch).await.unwrap();
        assert_eq!(told(), expected);
    }
    // What has happened is counted beyond the limit as well.
    assert_eq!(world.check(organization, "calls", 1).await.used, 8);
    world.set("2026-03-16T08:00:00Z");
    world
        .record(organization, vec![used("calls", 5, "next day")])
        .await
        .unwrap();
    assert_eq!(told(), 2);
    let heard = world.heard.0.lock().unwrap();
    let last = &heard.last().unwrap().payload;
    assert_eq!(
        (last["limit"].as_i64(), last["used"].as_i64()),
        (Some(5), Some(5))
    );
    assert_eq!(last["resets_at"], "2026-03-17T00:00:00.000Z");
}

#[tokio::test]
async fn a_thousand_events_are_taken_at_once() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10_000))]).await;
    let batch: Vec<_> = (0..1000)
        .map(|number| used("calls", 1, &number.to_string()))
        .collect();
    let recorded = world.record(organization, batch).await.unwrap();
    assert_eq!(recorded.len(), 1000);
    assert_eq!(world.check(organization, "calls", 1).await.used, 1000);
}

#[tokio::test]
async fn what_is_old_or_nobodys_is_deleted() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10_000))]).await;
    let many: Vec<_> = (0..600)
        .map(|number| used("calls", 1, &number.to_string()))
        .collect();
    world.record(organization, many).await.unwrap();
    world.set("2027-04-14T12:00:00Z");
    world
        .record(organization, vec![used("calls", 1, "young")])
        .await
        .unwrap();
    world.services.meter.delete_old().await.unwrap();
    let left = async || {
        let page = world
            .services
            .meter
            .list_events(organization, None, PageRequest::default());
        page.await.unwrap().items.len()
    };
    assert_eq!(left().await, 50);
    world.set("2027-04-16T12:00:00Z");
    world.services.meter.delete_old().await.unwrap();
    assert_eq!(left().await, 1);
    world.services.meter.forget(organization).await.unwrap();
    assert_eq!(left().await, 0);
    let counters = world
        .services
        .meter
        .list(organization, None, PageRequest::default());
    assert!(counters.await.unwrap().items.is_empty());
}
