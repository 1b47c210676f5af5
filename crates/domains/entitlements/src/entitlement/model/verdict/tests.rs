use uuid::Uuid;

use super::*;

fn now() -> Timestamp {
    "2026-03-15T00:00:00Z".parse().unwrap()
}

fn key(name: &str) -> FeatureKey {
    name.parse().unwrap()
}

fn nothing() -> Terms {
    Terms {
        feature: key("calls"),
        period: Period::at(FeaturePeriod::Month, None, now()),
        plan: None,
        overridden: None,
        flag: None,
        usage: Usage::default(),
    }
}

fn planned(limit: Option<i64>, standing: Standing) -> Terms {
    Terms {
        plan: Some(PlanTerms {
            limit,
            period: FeaturePeriod::Month,
            paid: None,
            standing,
        }),
        ..nothing()
    }
}

/// Whether, why, and what is left.
fn told(terms: &Terms, amount: i64) -> (bool, EntitlementReason, Option<i64>) {
    let verdict = terms.decide(amount, now());
    (verdict.is_allowed, verdict.reason, verdict.remaining)
}

#[test]
fn a_limit_holds_to_the_last_unit() {
    let mut terms = planned(Some(10), Standing::Active);
    terms.usage.used = 7;
    terms.usage.reserved = 1;
    assert_eq!(told(&terms, 2), (true, EntitlementReason::Granted, Some(2)));
    assert_eq!(told(&terms, 3), (false, EntitlementReason::LimitReached, Some(2)));
    assert_eq!(told(&terms, 0), (true, EntitlementReason::Granted, Some(2)));
    terms.usage.used = 12;
    assert_eq!(told(&terms, 1), (false, EntitlementReason::LimitReached, Some(0)));
    assert_eq!(told(&terms, 0), (true, EntitlementReason::Granted, Some(0)));
    let verdict = terms.decide(1, now());
    assert_eq!((verdict.limit, verdict.used, verdict.reserved), (Some(10), 12, 1));
    assert_eq!(verdict.resets_at, Some("2026-04-01T00:00:00Z".parse().unwrap()));
}

#[test]
fn without_a_limit_anything_goes() {
    let mut terms = planned(None, Standing::Trialing);
    terms.usage.used = i64::MAX;
    assert_eq!(told(&terms, i64::MAX), (true, EntitlementReason::Granted, None));
}

#[test]
fn what_the_plan_lacks_is_not_there() {
    for terms in [
        nothing(),
        planned(Some(0), Standing::Active),
        planned(Some(0), Standing::Grace),
    ] {
        for amount in [0, 1] {
            assert_eq!(
                told(&terms, amount),
                (false, EntitlementReason::NotInPlan, Some(0))
            );
        }
    }
}

#[test]
fn a_missing_payment_is_told_and_then_refused() {
    let terms = planned(Some(1), Standing::Grace);
    assert_eq!(told(&terms, 1), (true, EntitlementReason::PastDueGrace, Some(1)));
    assert_eq!(told(&terms, 2), (false, EntitlementReason::LimitReached, Some(1)));
    for limit in [Some(1), None] {
        let terms = planned(limit, Standing::ReadOnly);
        assert_eq!(told(&terms, 0), (false, EntitlementReason::ReadOnly, Some(0)));
    }
}

#[test]
fn staff_have_the_last_word() {
    for flag in [
        None,
        Some(Flagged {
            is_on: false,
            is_sold: true,
        }),
    ] {
        for plan in [None, planned(Some(1), Standing::ReadOnly).plan] {
            let mut terms = Terms {
                plan,
                flag,
                ..nothing()
            };
            terms.usage.credits = 5;
            let mut decide = |is_enabled, limit| {
                terms.overridden = Some(Overridden {
                    is_enabled,
                    limit,
                    period: None,
                });
                told(&terms, 3)
            };
            assert_eq!(
                decide(true, Some(3)),
                (true, EntitlementReason::GrantedByOverride, Some(8))
            );
            assert_eq!(
                decide(true, None),
                (true, EntitlementReason::GrantedByOverride, None)
            );
            assert_eq!(decide(true, Some(2)), (true, EntitlementReason::Credits, Some(7)));
            assert_eq!(
                decide(false, None),
                (false, EntitlementReason::DeniedByOverride, Some(0))
            );
        }
    }
    let mut terms = nothing();
    terms.overridden = Some(Overridden {
        is_enabled: true,
        limit: Some(0),
        period: None,
    });
    assert_eq!(told(&terms, 1), (false, EntitlementReason::LimitReached, Some(0)));
}

#[test]
fn a_flag_hides_what_is_sold_and_grants_what_is_not() {
    let flagged = |is_on, is_sold, plan: Option<PlanTerms>| Terms {
        flag: Some(Flagged { is_on, is_sold }),
        plan,
        ..nothing()
    };
    let plan = planned(Some(4), Standing::Active).plan;
    for is_sold in [true, false] {
        let off = flagged(false, is_sold, plan);
        assert_eq!(told(&off, 1), (false, EntitlementReason::FlagOff, Some(0)));
    }
    assert_eq!(
        told(&flagged(true, true, plan), 1),
        (true, EntitlementReason::Granted, Some(4))
    );
    assert_eq!(
        told(&flagged(true, true, None), 1),
        (false, EntitlementReason::NotInPlan, Some(0))
    );
    assert_eq!(
        told(&flagged(true, false, None), 1),
        (true, EntitlementReason::Granted, None)
    );
}

#[test]
fn credits_come_after_the_limit() {
    let mut terms = planned(Some(10), Standing::Active);
    terms.usage = Usage {
        used: 8,
        credited: 4,
        reserved: 0,
        credits: 3,
    };
    assert_eq!(told(&terms, 2), (true, EntitlementReason::Granted, Some(5)));
    assert_eq!(told(&terms, 5), (true, EntitlementReason::Credits, Some(5)));
    assert_eq!(told(&terms, 6), (false, EntitlementReason::LimitReached, Some(5)));
    assert_eq!(terms.decide(1, now()).used, 12);
    // They are paid for: no plan is needed.
    for mut terms in [nothing(), planned(Some(9), Standing::ReadOnly)] {
        terms.usage.credits = 1;
        assert_eq!(told(&terms, 1), (true, EntitlementReason::Credits, Some(1)));
        assert!(!told(&terms, 2).0);
    }
}

#[test]
fn a_rollout_only_grows_and_reaches_everybody() {
    let organizations = (0..1000).map(|number| OrganizationId::from_uuid(Uuid::from_u128(number)));
    let (feature, other) = (key("search"), key("export"));
    let (mut first, mut both) = (0, 0);
    for organization in organizations {
        let reached: Vec<_> = (0..=100)
            .map(|percent| is_rolled_out(&feature, organization, percent))
            .collect();
        assert!(!reached[0] && reached[100]);
        assert!(
            reached.windows(2).all(|pair| pair[0] <= pair[1]),
            "{organization}"
        );
        first += i32::from(reached[20]);
        both += i32::from(reached[20] && is_rolled_out(&other, organization, 20));
    }
    // Roughly a fifth, and roughly a fifth of those: who comes first differs from feature to feature.
    assert!((160..=240).contains(&first), "{first}");
    assert!((20..=70).contains(&both), "{both}");
}

#[test]
fn a_rollout_is_the_same_for_ever() {
    let organization: OrganizationId = "org_01h455vb4pex5vsknk084sn02q".parse().unwrap();
    let places = ["search", "export", "seats"].map(|feature| {
        let feature = key(feature);
        (0..=100).find(|percent| is_rolled_out(&feature, organization, *percent))
    });
    // Pinned: a change of the hash would take features from those who have them.
    assert_eq!(places, [Some(31), Some(15), Some(33)]);
}
