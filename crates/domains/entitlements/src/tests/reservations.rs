use std::sync::Arc;

use super::*;
use crate::{Credit, EntitlementError, NewCredit, NewReservation, Reservation, ReservationStatus};

const TEN_MINUTES: Duration = Duration::from_mins(10);

fn wish(amount: i64) -> NewReservation {
    NewReservation {
        feature: key("calls"),
        amount,
        lasts: TEN_MINUTES,
    }
}

impl World {
    async fn reserve(
        &self,
        organization: OrganizationId,
        amount: i64,
    ) -> Result<Reservation, EntitlementError> {
        let reservations = &self.services.reservations;
        reservations
            .reserve(&RequestContext::system(), organization, wish(amount))
            .await
    }

    async fn commit(
        &self,
        reservation: &Reservation,
        amount: Option<i64>,
    ) -> Result<Reservation, EntitlementError> {
        let reservations = &self.services.reservations;
        reservations
            .commit(
                &RequestContext::system(),
                reservation.organization,
                reservation.id,
                amount,
            )
            .await
    }

    async fn release(&self, reservation: &Reservation) -> Result<Reservation, EntitlementError> {
        let reservations = &self.services.reservations;
        reservations
            .release(
                &RequestContext::system(),
                reservation.organization,
                reservation.id,
            )
            .await
    }

    async fn credit(&self, organization: OrganizationId, amount: i64, expires_at: Option<&str>) -> Credit {
        let new = NewCredit {
            feature: key("calls"),
            amount,
            expires_at: expires_at.map(at),
            reason: "sorry".to_owned(),
        };
        let credits = &self.services.credits;
        credits
            .grant(&RequestContext::system(), organization, new)
            .await
            .unwrap()
    }

    /// What is left of each credit, the newest first.
    async fn left(&self, organization: OrganizationId) -> Vec<i64> {
        let page = self
            .services
            .credits
            .list(organization, None, kernel::PageRequest::default());
        page.await
            .unwrap()
            .items
            .iter()
            .map(|credit| credit.remaining)
            .collect()
    }
}

#[tokio::test]
async fn of_many_at_once_one_gets_the_last_unit() {
    let world = Arc::new(World::new().await);
    let organization = world.subscribed([("calls", limited(10))]).await;
    let nine = world.reserve(organization, 9).await.unwrap();
    world.commit(&nine, None).await.unwrap();
    let asking: Vec<_> = (0..64)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.reserve(organization, 1).await })
        })
        .collect();
    let mut granted = 0;
    for asked in asking {
        match asked.await.unwrap() {
            Ok(_) => granted += 1,
            Err(EntitlementError::NotEntitled(reason)) => assert_eq!(reason, "limit_reached"),
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!(granted, 1);
    let verdict = world.check(organization, "calls", 1).await;
    assert_eq!(
        (verdict.used, verdict.reserved, verdict.remaining),
        (9, 1, Some(0))
    );
}

#[tokio::test]
async fn of_many_at_once_none_takes_a_credit_twice() {
    let world = Arc::new(World::new().await);
    let organization = world.subscribed([("calls", limited(5))]).await;
    for amount in [3, 4] {
        world.credit(organization, amount, None).await;
    }
    let asking: Vec<_> = (0..32)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.reserve(organization, 2).await })
        })
        .collect();
    let mut granted = Vec::new();
    for asked in asking {
        granted.extend(asked.await.unwrap().ok());
    }
    // Five and seven: twelve in twos.
    assert_eq!(granted.len(), 6);
    assert_eq!(world.left(organization).await, [0, 0]);
    for reservation in &granted {
        world.release(reservation).await.unwrap();
    }
    assert_eq!(world.left(organization).await, [4, 3]);
    assert_eq!(world.check(organization, "calls", 12).await.remaining, Some(12));
}

#[tokio::test]
async fn what_is_reserved_is_used_given_back_or_both_once() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10))]).await;
    let first = world.reserve(organization, 6).await.unwrap();
    assert_eq!(world.check(organization, "calls", 4).await.remaining, Some(4));
    let too_much = world.commit(&first, Some(7)).await;
    assert!(matches!(too_much, Err(EntitlementError::Invalid(_))));
    let committed = world.commit(&first, Some(2)).await.unwrap();
    assert_eq!(
        (committed.status, committed.committed_amount),
        (ReservationStatus::Committed, Some(2))
    );
    // Saying the same again changes nothing, and nothing else can be said.
    world.commit(&first, Some(2)).await.unwrap();
    for other in [world.commit(&first, Some(3)).await, world.release(&first).await] {
        assert!(matches!(other, Err(EntitlementError::ReservationClosed)));
    }
    let verdict = world.check(organization, "calls", 8).await;
    assert_eq!((verdict.used, verdict.reserved, verdict.is_allowed), (2, 0, true));
    let second = world.reserve(organization, 8).await.unwrap();
    world.release(&second).await.unwrap();
    world.release(&second).await.unwrap();
    let verdict = world.check(organization, "calls", 8).await;
    assert_eq!((verdict.used, verdict.reserved), (2, 0));
    let committed = world.commit(&second, None).await;
    assert!(matches!(committed, Err(EntitlementError::ReservationClosed)));
    // It is somebody's.
    let other = world.organization().await;
    let theirs = Reservation {
        organization: other,
        ..second
    };
    assert!(matches!(
        world.commit(&theirs, None).await,
        Err(EntitlementError::NotFound)
    ));
    // Nothing may come of it.
    let third = world.reserve(organization, 8).await.unwrap();
    world.commit(&third, Some(0)).await.unwrap();
    assert_eq!(world.check(organization, "calls", 8).await.remaining, Some(8));
}

#[tokio::test]
async fn what_nobody_says_anything_about_is_given_back_on_reading_on_need_and_by_the_job() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10))]).await;
    let first = world.reserve(organization, 10).await.unwrap();
    assert!(world.reserve(organization, 1).await.is_err());
    world.set("2026-03-15T12:10:00Z");
    // On reading.
    let verdict = world.check(organization, "calls", 10).await;
    assert_eq!((verdict.reserved, verdict.remaining), (0, Some(10)));
    let seen = world
        .services
        .reservations
        .get(organization, first.id)
        .await
        .unwrap();
    assert_eq!(seen.status, ReservationStatus::Expired);
    assert!(matches!(
        world.commit(&first, None).await,
        Err(EntitlementError::ReservationClosed)
    ));
    // On need.
    let second = world.reserve(organization, 10).await.unwrap();
    assert_eq!(world.check(organization, "calls", 1).await.reserved, 10);
    world.set("2026-03-15T12:20:00Z");
    // By the job, twice.
    world.services.reservations.expire().await.unwrap();
    world.services.reservations.expire().await.unwrap();
    let seen = world
        .services
        .reservations
        .get(organization, second.id)
        .await
        .unwrap();
    assert_eq!(seen.closed_at, Some(world.now()));
    world.reserve(organization, 10).await.unwrap();
    world.set("2026-04-14T12:20:01Z");
    world.services.reservations.delete_old().await.unwrap();
    let gone = world.services.reservations.get(organization, second.id).await;
    assert!(matches!(gone, Err(EntitlementError::NotFound)));
}

#[tokio::test]
async fn a_reservation_counts_in_the_period_in_which_it_was_made() {
    let world = World::new().await;
    let organization = world
        .subscribed([("calls", counted(10, FeaturePeriod::Day))])
        .await;
    world.set("2026-03-15T23:55:00Z");
    let first = world.reserve(organization, 10).await.unwrap();
    world.set("2026-03-16T00:01:00Z");
    world.reserve(organization, 10).await.unwrap();
    world.commit(&first, Some(4)).await.unwrap();
    let verdict = world.check(organization, "calls", 1).await;
    assert_eq!((verdict.used, verdict.reserved), (0, 10));
}

#[tokio::test]
async fn credits_come_after_the_limit_and_those_that_end_first_before_others() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(10))]).await;
    world.credit(organization, 5, None).await;
    world.credit(organization, 5, Some("2026-06-01T00:00:00Z")).await;
    world.credit(organization, 5, Some("2026-04-01T00:00:00Z")).await;
    let first = world.reserve(organization, 12).await.unwrap();
    assert_eq!(first.from_limit, 10);
    assert_eq!(world.left(organization).await, [3, 5, 5]);
    let second = world.reserve(organization, 6).await.unwrap();
    assert_eq!(
        (second.from_limit, world.left(organization).await),
        (0, vec![0, 2, 5])
    );
    // What is left over comes back, to those that end last.
    world.commit(&second, Some(4)).await.unwrap();
    assert_eq!(world.left(organization).await, [0, 4, 5]);
    world.commit(&first, Some(11)).await.unwrap();
    let verdict = world.check(organization, "calls", 1).await;
    assert_eq!(
        (verdict.used, verdict.credits, verdict.remaining),
        (15, 10, Some(10))
    );
    let refused = world.reserve(organization, 11).await;
    assert!(matches!(
        refused,
        Err(EntitlementError::NotEntitled("limit_reached"))
    ));
    assert_eq!(world.check(organization, "calls", 10).await.remaining, Some(10));
    // What was used is covered too, and what is over covers nothing.
    world.set("2026-03-20T00:00:00Z");
    let usage = vec![crate::NewUsage {
        feature: key("calls"),
        amount: 6,
        idempotency_key: "k".to_owned(),
        occurred_at: None,
    }];
    let meter = &world.services.meter;
    meter
        .record(&RequestContext::system(), organization, usage)
        .await
        .unwrap();
    let verdict = world.check(organization, "calls", 1).await;
    assert_eq!((verdict.used, verdict.credits), (21, 4));
    assert_eq!(world.left(organization).await, [0, 0, 4]);
    world.credit(organization, 7, Some("2026-04-01T00:00:00Z")).await;
    assert_eq!(world.check(organization, "calls", 1).await.credits, 11);
    world.set("2026-04-01T00:00:00Z");
    assert_eq!(world.check(organization, "calls", 1).await.credits, 4);
}

#[tokio::test]
async fn what_is_denied_or_absent_can_not_be_reserved_but_credits_need_no_plan() {
    let world = World::new().await;
    let organization = world.organization().await;
    let refused = world.reserve(organization, 1).await;
    assert!(matches!(
        refused,
        Err(EntitlementError::NotEntitled("not_in_plan"))
    ));
    world.credit(organization, 2, None).await;
    assert_eq!(world.reserve(organization, 2).await.unwrap().from_limit, 0);
    let unlimited = world
        .subscribed([(
            "calls",
            FeatureGrant {
                limit: None,
                ..limited(0)
            },
        )])
        .await;
    let much = world.reserve(unlimited, 1_000_000_000_000).await.unwrap();
    world.commit(&much, None).await.unwrap();
    assert_eq!(world.check(unlimited, "calls", 1).await.used, 1_000_000_000_000);
    let denied = crate::OverrideContent {
        is_enabled: false,
        limit: None,
        period: None,
        expires_at: None,
        reason: "abuse".to_owned(),
    };
    let context = RequestContext::system();
    let overrides = &world.services.overrides;
    overrides
        .put(&context, unlimited, key("calls"), denied)
        .await
        .unwrap();
    let refused = world.reserve(unlimited, 1).await;
    assert!(matches!(
        refused,
        Err(EntitlementError::NotEntitled("denied_by_override"))
    ));
}

#[tokio::test]
async fn what_is_committed_reaches_the_limit_and_is_among_the_events() {
    let world = World::new().await;
    let organization = world.subscribed([("calls", limited(3))]).await;
    let first = world.reserve(organization, 3).await.unwrap();
    assert!(!world.names().contains(&"usage.limit_reached".to_owned()));
    world.commit(&first, None).await.unwrap();
    assert_eq!(world.names().last().unwrap(), "usage.limit_reached");
    let meter = &world.services.meter;
    let events = meter.list_events(organization, None, kernel::PageRequest::default());
    let events = events.await.unwrap().items;
    assert_eq!(events[0].idempotency_key, first.id.to_string());
    assert_eq!((events.len(), events[0].amount), (1, 3));
}

#[tokio::test]
async fn credits_are_for_organizations_that_there_are_and_for_the_future() {
    let world = World::new().await;
    let (credits, context) = (&world.services.credits, RequestContext::system());
    let new = NewCredit {
        feature: key("calls"),
        amount: 1,
        expires_at: None,
        reason: "sorry".to_owned(),
    };
    let nowhere = OrganizationId::from_uuid(world.uuid());
    let refused = credits.grant(&context, nowhere, new.clone()).await;
    assert!(matches!(refused, Err(EntitlementError::NotFound)));
    let organization = world.organization().await;
    let over = NewCredit {
        expires_at: Some(world.now()),
        ..new
    };
    let refused = credits.grant(&context, organization, over).await;
    assert!(matches!(refused, Err(EntitlementError::Invalid(_))));
    assert!(world.names().is_empty());
}
