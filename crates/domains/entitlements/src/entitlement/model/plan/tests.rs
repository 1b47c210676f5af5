use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::sold::model::SubscriptionStatus;

const PATIENCE: Patience = Patience {
    grace: Duration::from_hours(7 * 24),
    read_only: Duration::from_hours(14 * 24),
};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn key(name: &str) -> FeatureKey {
    name.parse().unwrap()
}

fn granted(limit: Option<i64>) -> FeatureGrant {
    FeatureGrant {
        limit,
        is_per_seat: false,
        period: FeaturePeriod::Billing,
    }
}

fn subscription(number: u128, status: SubscriptionStatus) -> Subscription {
    let day = u32::try_from(number).unwrap();
    Subscription {
        id: SubscriptionId::from_uuid(Uuid::from_u128(number)),
        quantity: 3,
        facts: Subscribed {
            status,
            current_period_start: Some(at(&format!("2026-03-{day:02}T00:00:00Z"))),
            current_period_end: Some(at(&format!("2026-04-{day:02}T00:00:00Z"))),
            trial_end: None,
            cancel_at: None,
            past_due_since: Some(at("2026-03-10T00:00:00Z")),
            pause_mode: None,
        },
    }
}

fn grant(subscription: Subscription, feature: &str, terms: FeatureGrant) -> Grant {
    Grant {
        subscription: Some(subscription),
        feature: Some((key(feature), terms)),
    }
}

fn free(feature: &str, limit: i64) -> Grant {
    Grant {
        subscription: None,
        feature: Some((key(feature), granted(Some(limit)))),
    }
}

/// A week and a half into the month: a payment that is missing since the tenth is in its grace.
fn plans(grants: Vec<Grant>) -> Plans {
    Plans::of(grants, at("2026-03-15T00:00:00Z"), &PATIENCE)
}

#[test]
fn limits_add_up_and_none_is_the_most() {
    let (first, second) = (
        subscription(1, SubscriptionStatus::Active),
        subscription(2, SubscriptionStatus::Active),
    );
    // The order in which they are read does not matter.
    let sum = plans(vec![
        grant(second, "calls", granted(Some(5))),
        grant(first, "calls", granted(Some(10))),
        grant(first, "exports", granted(None)),
        grant(second, "exports", granted(Some(1))),
        grant(second, "much", granted(Some(i64::MAX))),
        grant(first, "much", granted(Some(i64::MAX))),
    ]);
    let calls = sum.terms[&key("calls")];
    assert_eq!(calls.limit, Some(15));
    assert_eq!(calls.paid.unwrap().start, at("2026-03-01T00:00:00Z"));
    assert_eq!(sum.terms[&key("exports")].limit, None);
    assert_eq!(sum.terms[&key("much")].limit, Some(i64::MAX));
    assert_eq!(sum.state, EntitlementState::Active);
}

#[test]
fn seats_multiply_what_is_per_seat() {
    let terms = FeatureGrant {
        is_per_seat: true,
        ..granted(Some(10))
    };
    let first = subscription(1, SubscriptionStatus::Trialing);
    let sum = plans(vec![grant(first, "calls", terms)]);
    assert_eq!(sum.terms[&key("calls")].limit, Some(30));
    assert_eq!(sum.state, EntitlementState::Trialing);
    let odd = Subscription {
        quantity: -1,
        ..first
    };
    assert_eq!(
        plans(vec![grant(odd, "calls", terms)]).terms[&key("calls")].limit,
        Some(0)
    );
}

#[test]
fn the_plan_of_all_is_for_those_who_have_none() {
    let paying = subscription(1, SubscriptionStatus::Active);
    let over = subscription(2, SubscriptionStatus::Unpaid);
    let with = plans(vec![free("calls", 1), grant(paying, "exports", granted(None))]);
    assert!(!with.terms.contains_key(&key("calls")));
    let without = plans(vec![free("calls", 1), grant(over, "exports", granted(None))]);
    assert_eq!(without.terms.keys().cloned().collect::<Vec<_>>(), [key("calls")]);
    assert_eq!(without.terms[&key("calls")].limit, Some(1));
    assert_eq!((without.state, without.paid), (EntitlementState::None, None));
    assert_eq!(plans(Vec::new()).state, EntitlementState::None);
}

#[test]
fn what_has_lapsed_may_be_looked_at_where_nothing_else_grants_it() {
    let mut lapsed = subscription(1, SubscriptionStatus::PastDue);
    lapsed.facts.past_due_since = Some(at("2026-03-01T00:00:00Z"));
    let grants = vec![
        grant(lapsed, "calls", granted(Some(100))),
        grant(lapsed, "exports", granted(None)),
    ];
    let alone = plans(grants.clone());
    assert_eq!(alone.state, EntitlementState::ReadOnly);
    assert_eq!(alone.terms[&key("calls")].standing, Standing::ReadOnly);
    let with_free = plans([vec![free("calls", 1)], grants.clone()].concat());
    assert_eq!(with_free.state, EntitlementState::ReadOnly);
    let calls = with_free.terms[&key("calls")];
    assert_eq!((calls.limit, calls.standing), (Some(1), Standing::Active));
    assert_eq!(with_free.terms[&key("exports")].standing, Standing::ReadOnly);
    // Another that is paid keeps its own.
    let paying = subscription(2, SubscriptionStatus::Active);
    let both = plans([grants, vec![grant(paying, "calls", granted(Some(7)))]].concat());
    assert_eq!(both.state, EntitlementState::Active);
    assert_eq!(both.terms[&key("calls")].limit, Some(7));
}

#[test]
fn grace_is_told_unless_somebody_has_paid_for_the_same() {
    let owing = subscription(1, SubscriptionStatus::PastDue);
    let paying = subscription(2, SubscriptionStatus::Active);
    let alone = plans(vec![grant(owing, "calls", granted(Some(1)))]);
    assert_eq!(alone.state, EntitlementState::Grace);
    assert_eq!(alone.terms[&key("calls")].standing, Standing::Grace);
    let both = plans(vec![
        grant(owing, "calls", granted(Some(1))),
        grant(owing, "exports", granted(Some(1))),
        grant(paying, "calls", granted(Some(1))),
    ]);
    assert_eq!(both.terms[&key("calls")].standing, Standing::Active);
    assert_eq!(both.terms[&key("calls")].limit, Some(2));
    assert_eq!(both.terms[&key("exports")].standing, Standing::Grace);
}

#[test]
fn a_plan_that_grants_nothing_of_it_still_tells_the_state_and_the_period() {
    let paying = subscription(4, SubscriptionStatus::Active);
    let plans = plans(vec![Grant {
        subscription: Some(paying),
        feature: None,
    }]);
    assert_eq!(plans.state, EntitlementState::Active);
    assert_eq!(plans.paid.unwrap().start, at("2026-03-04T00:00:00Z"));
    assert!(plans.terms.is_empty());
}
