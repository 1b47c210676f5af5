//! Whatever a provider says, a subscription is something, and never more than was said.

use kernel::{PlanId, PriceId, Timestamp};
use ports::payments::{Pause, PauseMode, SubscriptionSnapshot, SubscriptionState};
use uuid::Uuid;

use super::*;
use crate::plan::model::{Interval, Period};

fn at(text: &str) -> Timestamp {
    format!("2026-{text}:00Z").parse().unwrap()
}

fn now() -> Timestamp {
    at("03-10T12:00")
}

fn price(number: u128) -> PriceId {
    PriceId::from_uuid(Uuid::from_u128(number))
}

fn plan(number: u128) -> PlanId {
    PlanId::from_uuid(Uuid::from_u128(number))
}

fn state(status: Status) -> State {
    State {
        reference: None,
        item: None,
        customer: None,
        customer_email: None,
        plan: plan(1),
        price: price(1),
        status,
        reason: None,
        quantity: 3,
        pending_price: None,
        pending_quantity: None,
        current_period_start: None,
        current_period_end: None,
        trial_end: None,
        cancel_at: None,
        canceled_at: None,
        ended_at: None,
        past_due_since: None,
        pause: None,
    }
}

fn said(state: SubscriptionState) -> SubscriptionSnapshot {
    SubscriptionSnapshot {
        id: "sub_1".into(),
        reference: None,
        customer: None,
        customer_email: None,
        state,
        item: None,
        price: None,
        quantity: None,
        current_period_start: None,
        current_period_end: None,
        trial_end: None,
        cancel_at: None,
        ended_at: None,
        pause: None,
    }
}

const MONTH: Period = Period {
    interval: Interval::Month,
    count: 1,
};

fn known() -> PriceTold {
    PriceTold::Known {
        price: price(1),
        plan: plan(1),
        period: Some(MONTH),
    }
}

fn told(snapshot: &SubscriptionSnapshot, price: PriceTold, scheduling: Scheduling) -> Told<'_> {
    Told {
        snapshot,
        price,
        scheduling,
        asked_at: now(),
    }
}

fn states() -> Vec<SubscriptionState> {
    vec![
        SubscriptionState::Incomplete,
        SubscriptionState::Trialing,
        SubscriptionState::Active,
        SubscriptionState::PastDue,
        SubscriptionState::Unpaid,
        SubscriptionState::Paused,
        SubscriptionState::Canceled,
        SubscriptionState::Unknown("dreaming".into()),
    ]
}

/// May be used because it is paid for.
fn is_paid_for(status: Status) -> bool {
    matches!(status, Status::Trialing | Status::Active)
}

/// Everything that can be said, about everything that it can be said of.
fn each(check: impl Fn(&State, &Told<'_>, &State)) {
    let pauses = [None, Some(PauseMode::Free), Some(PauseMode::Void)];
    let moments = [None, Some(at("03-01T00:00")), Some(at("04-01T00:00"))];
    let mut tried = 0;
    for (status, cancel_at, past_due_since) in Status::ALL.into_iter().flat_map(|status| {
        moments.into_iter().flat_map(move |cancel_at| {
            [None, Some(at("03-02T00:00"))].map(|since| (status, cancel_at, since))
        })
    }) {
        let before = State {
            cancel_at,
            past_due_since,
            ..state(status)
        };
        for word in states() {
            for pause in pauses {
                for quantity in [None, Some(0), Some(7)] {
                    for price in [known(), PriceTold::Unsaid(Some(MONTH)), PriceTold::Unknown] {
                        for scheduling in [Scheduling::Provider, Scheduling::Ours] {
                            let mut snapshot = said(word.clone());
                            snapshot.quantity = quantity;
                            snapshot.pause = pause.map(|mode| Pause {
                                mode,
                                resumes_at: None,
                            });
                            let told = told(&snapshot, price, scheduling);
                            check(&before, &told, &before.settled(&told));
                            tried += 1;
                        }
                    }
                }
            }
        }
    }
    assert_eq!(tried, 9 * 3 * 2 * 8 * 3 * 3 * 3 * 2);
}

#[test]
fn nothing_counts_as_paid_for_that_was_not_said_to_be() {
    each(|before, told, after| {
        let is_said = matches!(
            told.snapshot.state,
            SubscriptionState::Trialing | SubscriptionState::Active
        );
        let goes_on = before.status == after.status
            && (told.snapshot.state == SubscriptionState::Incomplete
                || (told.scheduling == Scheduling::Ours && before.cancel_at > Some(now())));
        if is_paid_for(after.status) {
            assert!(is_said || goes_on, "{before:?} {told:?}");
        }
        if is_said && told.price == PriceTold::Unknown {
            assert_eq!(after.status, Status::NeedsReview);
        }
        if after.status == Status::NeedsReview {
            assert!(after.reason.is_some());
            assert_eq!(
                (after.price, after.plan, after.quantity),
                (before.price, before.plan, before.quantity)
            );
        }
    });
}

#[test]
fn the_fields_of_a_status_are_there_with_it_and_not_without() {
    each(|before, told, after| {
        assert_eq!(
            after.ended_at.is_some(),
            after.status.is_over(),
            "{before:?} {told:?}"
        );
        assert_eq!(
            after.pause.is_some(),
            after.status == Status::Paused,
            "{before:?} {told:?}"
        );
        if matches!(after.status, Status::PastDue | Status::Unpaid) {
            let first = before.past_due_since.unwrap_or(now());
            assert_eq!(after.past_due_since, Some(first), "{before:?} {told:?}");
        }
        if is_paid_for(after.status) {
            assert_eq!(after.past_due_since, None, "{before:?} {told:?}");
        }
        if after.status == Status::Canceled || after.cancel_at.is_some() && !after.status.is_over() {
            assert!(after.canceled_at.is_some(), "{before:?} {told:?}");
        }
        assert!(after.quantity > 0 && after.reference.is_some());
        assert_eq!(after.next_sync(now()).is_none(), after.status.is_over());
        if let Some(next) = after.next_sync(now()) {
            assert!(next > now(), "{before:?} {told:?} {next}");
        }
        // Said once more it is the same, and nothing follows from it.
        assert_eq!(after.settled(told), *after, "{before:?} {told:?}");
        assert_eq!(effects(after, after), []);
    });
}

#[test]
fn what_is_told_by_events_is_told_once() {
    each(|before, _, after| {
        let told = effects(before, after);
        for effect in &told {
            assert_eq!(told.iter().filter(|other| *other == effect).count(), 1);
        }
        let is_over_now = after.status == Status::Canceled && before.status != Status::Canceled;
        assert_eq!(told.contains(&Effect::Canceled), is_over_now);
    });
}

#[test]
fn words_become_statuses() {
    use SubscriptionState as Said;
    for (before, word, pause, expected) in [
        (Status::Incomplete, Said::Incomplete, None, Status::Incomplete),
        (Status::Incomplete, Said::Active, None, Status::Active),
        (Status::Incomplete, Said::Trialing, None, Status::Trialing),
        // It was never paid for.
        (Status::Incomplete, Said::Canceled, None, Status::Expired),
        (Status::Active, Said::Canceled, None, Status::Canceled),
        (Status::Active, Said::PastDue, None, Status::PastDue),
        (Status::PastDue, Said::Unpaid, None, Status::Unpaid),
        (Status::Unpaid, Said::Active, None, Status::Active),
        // Nothing goes back to before the first payment.
        (Status::Active, Said::Incomplete, None, Status::Active),
        (Status::Canceled, Said::Incomplete, None, Status::Canceled),
        // Somebody paid in the last second, or it was taken up again there.
        (Status::Expired, Said::Active, None, Status::Active),
        (Status::Canceled, Said::Active, None, Status::Active),
        (
            Status::Canceled,
            Said::Unknown("x".into()),
            None,
            Status::Canceled,
        ),
        (
            Status::Active,
            Said::Active,
            Some(PauseMode::Free),
            Status::Paused,
        ),
        (
            Status::Active,
            Said::PastDue,
            Some(PauseMode::Void),
            Status::PastDue,
        ),
        (Status::Active, Said::Paused, None, Status::Paused),
        (Status::NeedsReview, Said::Active, None, Status::Active),
    ] {
        let mut snapshot = said(word);
        snapshot.pause = pause.map(|mode| Pause {
            mode,
            resumes_at: None,
        });
        let after = state(before).settled(&told(&snapshot, known(), Scheduling::Provider));
        assert_eq!(after.status, expected, "{before:?} {snapshot:?}");
    }
    // A pause that does not say how stops the service.
    let after = state(Status::Active).settled(&told(&said(Said::Paused), known(), Scheduling::Provider));
    assert_eq!(after.pause.unwrap().mode, PauseKind::Void);
}

#[test]
fn terms_follow_the_provider_and_wishes_end_with_them() {
    let before = State {
        pending_price: Some(price(2)),
        pending_quantity: Some(9),
        ..state(Status::Active)
    };
    let mut snapshot = said(SubscriptionState::Active);
    snapshot.quantity = Some(9);
    let other = PriceTold::Known {
        price: price(2),
        plan: plan(2),
        period: Some(MONTH),
    };
    let half = before.settled(&told(&snapshot, known(), Scheduling::Provider));
    assert_eq!(
        (half.pending_price, half.pending_quantity, half.quantity),
        (Some(price(2)), None, 9)
    );
    let whole = half.settled(&told(&snapshot, other, Scheduling::Provider));
    assert_eq!(
        (whole.pending_price, whole.price, whole.plan),
        (None, price(2), plan(2))
    );
}

#[test]
fn a_provider_that_can_only_cancel_at_once_takes_nothing_away() {
    let (end, late) = (at("03-11T12:00"), at("03-09T12:00"));
    let canceled = said(SubscriptionState::Canceled);
    let before = |cancel_at| State {
        cancel_at: Some(cancel_at),
        canceled_at: Some(at("03-01T00:00")),
        current_period_end: Some(cancel_at),
        ..state(Status::Active)
    };
    let after = before(end).settled(&told(&canceled, known(), Scheduling::Ours));
    assert_eq!((after.status, after.cancel_at), (Status::Active, Some(end)));
    assert_eq!(after.next_sync(now()), Some(end));
    let after = before(late).settled(&told(&canceled, known(), Scheduling::Ours));
    assert_eq!(after.status, Status::Canceled);
    // Where it is the provider's own affair, its word counts.
    let after = before(end).settled(&told(&canceled, known(), Scheduling::Provider));
    assert_eq!(after.status, Status::Canceled);
    // Nothing it does not know takes our schedule back; a provider with one of its own can.
    let active = said(SubscriptionState::Active);
    let ours = before(end).settled(&told(&active, known(), Scheduling::Ours));
    assert_eq!(ours.cancel_at, Some(end));
    let theirs = before(end).settled(&told(&active, known(), Scheduling::Provider));
    assert_eq!((theirs.cancel_at, theirs.canceled_at), (None, None));
}

#[test]
fn periods_are_counted_where_nobody_tells_them() {
    let active = said(SubscriptionState::Active);
    let begun = state(Status::Incomplete).settled(&told(&active, known(), Scheduling::Ours));
    assert_eq!(begun.current_period_start, Some(now()));
    assert_eq!(begun.current_period_end, Some(at("04-10T12:00")));
    let before = State {
        current_period_start: Some(at("01-31T00:00")),
        current_period_end: Some(at("02-28T00:00")),
        ..state(Status::Active)
    };
    let next = before.settled(&told(&active, known(), Scheduling::Ours));
    assert_eq!(next.current_period_start, Some(at("02-28T00:00")));
    assert_eq!(next.current_period_end, Some(at("03-31T00:00")));
    // Not while a payment is missing: that period is not paid for.
    let due = before.settled(&told(
        &said(SubscriptionState::PastDue),
        known(),
        Scheduling::Ours,
    ));
    assert_eq!(due.current_period_end, Some(at("02-28T00:00")));
    let mut snapshot = active.clone();
    snapshot.current_period_end = Some(at("05-01T00:00"));
    let told_so = before.settled(&told(&snapshot, known(), Scheduling::Provider));
    assert_eq!(told_so.current_period_end, Some(at("05-01T00:00")));
}

#[test]
fn commands_make_sense_or_not() {
    let running = State {
        reference: Some("sub_1".into()),
        ..state(Status::Active)
    };
    let ending = State {
        cancel_at: Some(at("04-01T00:00")),
        ..running.clone()
    };
    let change = Command::Change {
        price: None,
        quantity: Some(5),
        proration: ports::payments::Proration::NextInvoice,
    };
    let pause = Command::Pause {
        mode: PauseKind::Free,
        resumes_at: None,
    };
    let later = Command::Cancel(CancelTime::PeriodEnd);
    let at_once = Command::Cancel(CancelTime::Now);
    for (command, state, makes_sense) in [
        (&change, &running, true),
        (&change, &ending, false),
        (&later, &running, true),
        (&later, &ending, false),
        (&at_once, &ending, true),
        (&Command::Resume, &running, false),
        (&Command::Resume, &ending, true),
        (&pause, &running, true),
    ] {
        assert_eq!(
            command.refusal(state).is_none(),
            makes_sense,
            "{command:?} {state:?}"
        );
    }
    for command in [&change, &later, &at_once, &Command::Resume, &pause] {
        for status in [
            Status::Canceled,
            Status::Expired,
            Status::NeedsReview,
            Status::Incomplete,
        ] {
            let state = State {
                status,
                reference: None,
                ..running.clone()
            };
            assert!(command.refusal(&state).is_some(), "{command:?} {status:?}");
        }
    }
    assert!(!change.is_done(&running) && later.is_done(&ending) && !later.is_done(&running));
}
