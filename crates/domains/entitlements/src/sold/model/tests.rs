use super::*;

const DAY: Duration = Duration::from_hours(24);

const PATIENCE: Patience = Patience {
    grace: Duration::from_hours(7 * 24),
    read_only: Duration::from_hours(14 * 24),
};

const STATUSES: [SubscriptionStatus; 8] = [
    SubscriptionStatus::Incomplete,
    SubscriptionStatus::Trialing,
    SubscriptionStatus::Active,
    SubscriptionStatus::PastDue,
    SubscriptionStatus::Unpaid,
    SubscriptionStatus::Paused,
    SubscriptionStatus::Canceled,
    SubscriptionStatus::Expired,
];

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn subscribed(status: SubscriptionStatus) -> Subscribed {
    Subscribed {
        status,
        current_period_start: Some(at("2026-03-01T00:00:00Z")),
        current_period_end: Some(at("2026-04-01T00:00:00Z")),
        trial_end: None,
        cancel_at: None,
        past_due_since: None,
        pause_mode: None,
    }
}

/// The microsecond before, and the moment.
fn around(moment: Timestamp) -> [Timestamp; 2] {
    [moment.minus(Duration::from_micros(1)), moment]
}

fn standings(subscribed: &Subscribed, moment: Timestamp) -> [Standing; 2] {
    around(moment).map(|now| subscribed.standing(now, &PATIENCE))
}

#[test]
fn within_the_period_the_status_decides() {
    let now = at("2026-03-15T00:00:00Z");
    for status in STATUSES {
        let mut subscribed = subscribed(status);
        subscribed.past_due_since = Some(at("2026-03-14T00:00:00Z"));
        let expected = match status {
            SubscriptionStatus::Trialing => Standing::Trialing,
            SubscriptionStatus::Active => Standing::Active,
            SubscriptionStatus::PastDue => Standing::Grace,
            _ => Standing::None,
        };
        assert_eq!(subscribed.standing(now, &PATIENCE), expected, "{status:?}");
        assert_eq!(expected.is_entitled(), expected != Standing::None);
    }
}

#[test]
fn the_end_that_was_asked_for_ends_everything_to_the_microsecond() {
    let end = at("2026-03-15T00:00:00Z");
    for status in STATUSES {
        for pause_mode in [None, Some(PauseMode::Free), Some(PauseMode::Void)] {
            let mut with_end = subscribed(status);
            with_end.pause_mode = pause_mode;
            let without = with_end;
            with_end.cancel_at = Some(end);
            let [before, after] = around(end);
            assert_eq!(
                with_end.standing(before, &PATIENCE),
                without.standing(before, &PATIENCE),
                "{status:?}"
            );
            assert_eq!(with_end.standing(after, &PATIENCE), Standing::None, "{status:?}");
        }
    }
}

#[test]
fn a_missing_payment_is_grace_then_reading_then_nothing() {
    let mut owing = subscribed(SubscriptionStatus::PastDue);
    let since = at("2026-03-02T10:00:00Z");
    owing.past_due_since = Some(since);
    assert_eq!(standings(&owing, since), [Standing::Grace, Standing::Grace]);
    let grace_ends = since.plus(PATIENCE.grace);
    assert_eq!(
        standings(&owing, grace_ends),
        [Standing::Grace, Standing::ReadOnly]
    );
    let reading_ends = grace_ends.plus(PATIENCE.read_only);
    assert_eq!(
        standings(&owing, reading_ends),
        [Standing::ReadOnly, Standing::None]
    );
    assert!(!Standing::ReadOnly.is_entitled());
    // Nobody said since when: since what was paid for is over.
    owing.past_due_since = None;
    let end = owing.current_period_end.unwrap();
    assert_eq!(
        standings(&owing, end.plus(PATIENCE.grace)),
        [Standing::Grace, Standing::ReadOnly]
    );
    owing.current_period_end = None;
    assert_eq!(owing.standing(end, &PATIENCE), Standing::Grace);
}

#[test]
fn news_that_never_came_wear_a_subscription_down_slowly() {
    for (status, good) in [
        (SubscriptionStatus::Active, Standing::Active),
        (SubscriptionStatus::Trialing, Standing::Trialing),
    ] {
        let silent = subscribed(status);
        let end = silent.current_period_end.unwrap();
        assert_eq!(standings(&silent, end), [good, good]);
        let overdue = end.plus(RENEWAL);
        assert_eq!(standings(&silent, overdue), [good, Standing::Grace]);
        let grace_ends = overdue.plus(PATIENCE.grace);
        assert_eq!(
            standings(&silent, grace_ends),
            [Standing::Grace, Standing::ReadOnly]
        );
        let reading_ends = grace_ends.plus(PATIENCE.read_only);
        assert_eq!(
            standings(&silent, reading_ends),
            [Standing::ReadOnly, Standing::None]
        );
        let endless = Subscribed {
            current_period_end: None,
            ..silent
        };
        assert_eq!(endless.standing(reading_ends.plus(DAY), &PATIENCE), good);
    }
}

#[test]
fn a_trial_lasts_as_long_as_it_or_its_period() {
    let mut trial = subscribed(SubscriptionStatus::Trialing);
    for (trial_end, period_end) in [
        (Some("2026-05-01T00:00:00Z"), Some("2026-04-01T00:00:00Z")),
        (Some("2026-04-01T00:00:00Z"), Some("2026-05-01T00:00:00Z")),
        (Some("2026-05-01T00:00:00Z"), None),
        (None, Some("2026-05-01T00:00:00Z")),
    ] {
        trial.trial_end = trial_end.map(at);
        trial.current_period_end = period_end.map(at);
        let overdue = at("2026-05-01T00:00:00Z").plus(RENEWAL);
        assert_eq!(standings(&trial, overdue), [Standing::Trialing, Standing::Grace]);
    }
}

#[test]
fn a_pause_is_free_or_void_however_long_it_lasts() {
    let mut paused = subscribed(SubscriptionStatus::Paused);
    let late = at("2027-03-15T00:00:00Z");
    for (mode, expected) in [
        (Some(PauseMode::Free), Standing::Active),
        (Some(PauseMode::Void), Standing::None),
        (None, Standing::None),
    ] {
        paused.pause_mode = mode;
        assert_eq!(paused.standing(late, &PATIENCE), expected);
    }
}

#[test]
fn without_patience_there_is_none() {
    let none = Patience {
        grace: Duration::ZERO,
        read_only: Duration::ZERO,
    };
    let mut owing = subscribed(SubscriptionStatus::PastDue);
    owing.past_due_since = Some(at("2026-03-02T10:00:00Z"));
    let now = at("2026-03-02T10:00:00Z");
    assert_eq!(owing.standing(now, &none), Standing::None);
}

#[test]
fn words_are_read_as_they_are_written() {
    for status in STATUSES {
        assert_eq!(status.as_str().parse::<SubscriptionStatus>().unwrap(), status);
    }
    assert!("needs_review".parse::<SubscriptionStatus>().is_err());
    assert!("Free".parse::<PauseMode>().is_err());
}
