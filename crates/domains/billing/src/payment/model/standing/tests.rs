use ports::payments::RefundSnapshot;
use proptest::prelude::*;
use proptest::sample::Index;

use super::*;

fn usd(minor: i64) -> Money {
    Money::new(minor, "USD".parse().unwrap())
}

fn now() -> Timestamp {
    "2026-03-01T12:00:00Z".parse().unwrap()
}

fn seen(state: PaymentState) -> PaymentSnapshot {
    PaymentSnapshot {
        reference: None,
        checkout: None,
        id: Some("pi_1".to_owned()),
        subscription: None,
        invoice: None,
        customer: None,
        customer_email: None,
        state,
        amount: usd(1000),
        total: usd(1000),
        tax: None,
        fee: None,
        refunded: usd(0),
        refunds: Vec::new(),
        paid_at: Some(now()),
        created_at: None,
    }
}

fn refund(amount: i64, state: RefundState) -> RefundSnapshot {
    RefundSnapshot {
        id: None,
        reference: None,
        amount: usd(amount),
        state,
        created_at: None,
    }
}

fn with_status(status: PaymentStatus, reason: Option<&str>) -> Standing {
    let paid = if status.is_paid() { 1000 } else { 0 };
    Standing {
        status,
        reason: reason.map(str::to_owned),
        paid,
        refunded: match status {
            PaymentStatus::Refunded => 1000,
            PaymentStatus::PartiallyRefunded => 400,
            _ => 0,
        },
        disputed: if status == PaymentStatus::Disputed {
            1000
        } else {
            0
        },
        ..Standing::begun()
    }
}

fn every_state() -> Vec<PaymentState> {
    vec![
        PaymentState::Open,
        PaymentState::RequiresAction,
        PaymentState::Processing,
        PaymentState::Succeeded,
        PaymentState::Failed {
            code: "card_declined".into(),
        },
        PaymentState::Canceled,
        PaymentState::Expired,
        PaymentState::Suspicious {
            reason: "fraudulent".into(),
        },
        PaymentState::Unknown("teleported".into()),
    ]
}

/// Every status against every state of a provider: where it leads.
#[test]
fn every_status_goes_where_it_should() {
    use PaymentStatus as S;
    let states = every_state();
    for known in S::ALL {
        for state in &states {
            let standing = with_status(known, None);
            let next = standing.advance(usd(1000), &seen(state.clone()), now());
            let expected = match (known, state) {
                (known, _) if known.is_paid() => known,
                (_, PaymentState::Succeeded) => S::Succeeded,
                (_, PaymentState::Suspicious { .. }) => S::NeedsReview,
                (S::Canceled | S::Expired, _) => known,
                (_, PaymentState::Open) => S::Pending,
                (_, PaymentState::RequiresAction) => S::RequiresAction,
                (_, PaymentState::Processing) => S::Processing,
                (_, PaymentState::Failed { .. }) => S::Failed,
                (_, PaymentState::Canceled) => S::Canceled,
                (_, PaymentState::Expired) => S::Expired,
                (_, PaymentState::Unknown(_)) => S::NeedsReview,
            };
            assert_eq!(next.standing.status, expected, "{known:?} {state:?}");
            let again = next.standing.advance(usd(1000), &seen(state.clone()), now());
            assert_eq!(
                (again.standing, again.effects),
                (next.standing, vec![]),
                "{known:?} {state:?}"
            );
        }
    }
}

#[test]
fn each_move_has_its_effect_once() {
    let begun = Standing::begun();
    let mut paid = seen(PaymentState::Succeeded);
    (paid.total, paid.tax, paid.fee) = (usd(1190), Some(usd(190)), Some(usd(59)));
    let advance = begun.advance(usd(1000), &paid, now());
    assert_eq!(advance.effects, [Effect::Paid, Effect::Fee(59)]);
    let standing = advance.standing;
    assert_eq!((standing.paid, standing.tax, standing.fee), (1190, 190, 59));
    assert_eq!(standing.paid_at, Some(now()));

    (paid.refunded, paid.fee) = (usd(500), None);
    let advance = standing.advance(usd(1000), &paid, now());
    assert_eq!(advance.effects, [Effect::Refunded(500)]);
    assert_eq!(advance.standing.status, PaymentStatus::PartiallyRefunded);
    assert_eq!(advance.standing.fee, 59);
    paid.refunded = usd(1190);
    let advance = advance.standing.advance(usd(1000), &paid, now());
    assert_eq!(advance.effects, [Effect::Refunded(690)]);
    assert_eq!(advance.standing.status, PaymentStatus::Refunded);

    let failed = seen(PaymentState::Failed {
        code: "expired_card".into(),
    });
    let advance = begun.advance(usd(1000), &failed, now());
    assert_eq!(advance.effects, [Effect::Failed("expired_card".into())]);
    let other = seen(PaymentState::Failed {
        code: "card_declined".into(),
    });
    let advance = advance.standing.advance(usd(1000), &other, now());
    assert_eq!(advance.effects, [Effect::Failed("card_declined".into())]);
}

#[test]
fn other_amounts_and_currencies_are_never_taken_for_what_was_asked_for() {
    let euro = |minor| Money::new(minor, "EUR".parse().unwrap());
    for (amount, total, why) in [
        (usd(999), usd(999), reason::AMOUNT),
        (usd(1001), usd(1001), reason::AMOUNT),
        (usd(1000), usd(999), reason::AMOUNT),
        (usd(0), usd(0), reason::AMOUNT),
        (euro(1000), euro(1000), reason::CURRENCY),
        (usd(1000), euro(1000), reason::CURRENCY),
    ] {
        let mut paid = seen(PaymentState::Succeeded);
        (paid.amount, paid.total) = (amount, total);
        let advance = Standing::begun().advance(usd(1000), &paid, now());
        assert_eq!(advance.effects, [Effect::ReviewNeeded(why)], "{amount} {total}");
        assert_eq!(advance.standing.status, PaymentStatus::NeedsReview);
        assert_eq!((advance.standing.paid, advance.standing.paid_at), (0, None));
        // What staff have rejected does not come up again, and the right amount still counts.
        let rejected = with_status(PaymentStatus::Failed, Some(reason::REJECTED));
        assert_eq!(rejected.advance(usd(1000), &paid, now()), rejected.unmoved());
    }
    let rejected = with_status(PaymentStatus::Failed, Some(reason::REJECTED));
    for state in every_state() {
        let next = rejected.advance(usd(1000), &seen(state.clone()), now()).standing;
        assert_eq!(
            next.status.is_paid(),
            state == PaymentState::Succeeded,
            "{state:?}"
        );
    }
}

#[test]
fn money_that_comes_late_is_marked() {
    for known in [PaymentStatus::Canceled, PaymentStatus::Expired] {
        let advance = with_status(known, None).advance(usd(1000), &seen(PaymentState::Succeeded), now());
        assert_eq!(advance.standing.status, PaymentStatus::Succeeded);
        assert_eq!(advance.standing.reason.as_deref(), Some(reason::LATE));
        assert_eq!(advance.effects, [Effect::Paid]);
    }
    let failed = with_status(PaymentStatus::Failed, Some("card_declined"));
    let advance = failed.advance(usd(1000), &seen(PaymentState::Succeeded), now());
    assert_eq!(advance.standing.reason, None);
}

#[test]
fn doubts_about_paid_money_are_told_and_pass() {
    let paid = with_status(PaymentStatus::Succeeded, None);
    let odd = seen(PaymentState::Unknown("odd".into()));
    let doubted = paid.advance(usd(1000), &odd, now());
    assert_eq!(doubted.effects, [Effect::ReviewNeeded(reason::UNKNOWN)]);
    assert_eq!(doubted.standing.status, PaymentStatus::Succeeded);
    assert_eq!(doubted.standing.advance(usd(1000), &odd, now()).effects, []);
    let fine = doubted
        .standing
        .advance(usd(1000), &seen(PaymentState::Succeeded), now());
    assert_eq!((fine.standing, fine.effects), (paid, vec![]));
}

#[test]
fn a_refund_that_did_not_work_is_taken_back() {
    let paid = with_status(PaymentStatus::Succeeded, None);
    let mut now_seen = seen(PaymentState::Succeeded);
    now_seen.refunded = usd(400);
    now_seen.refunds = vec![refund(400, RefundState::Succeeded)];
    let refunded = paid.advance(usd(1000), &now_seen, now()).standing;
    // An answer that is behind takes nothing back.
    let behind = refunded.advance(usd(1000), &seen(PaymentState::Succeeded), now());
    assert_eq!((behind.standing, behind.effects), (refunded.clone(), vec![]));
    now_seen.refunded = usd(0);
    now_seen.refunds = vec![refund(400, RefundState::Failed)];
    let undone = refunded.advance(usd(1000), &now_seen, now());
    assert_eq!(undone.effects, [Effect::Refunded(-400)]);
    assert_eq!(undone.standing.status, PaymentStatus::Succeeded);
}

#[test]
fn disputes_come_and_go_and_leave_what_is_not_paid_alone() {
    let refunded = with_status(PaymentStatus::PartiallyRefunded, None);
    let disputed = refunded.with_disputed(600);
    assert_eq!(
        (disputed.status, disputed.disputed),
        (PaymentStatus::Disputed, 600)
    );
    assert_eq!(disputed.with_disputed(0), refunded);
    let review = with_status(PaymentStatus::NeedsReview, Some(reason::AMOUNT));
    assert_eq!(review.with_disputed(600).status, PaymentStatus::NeedsReview);
}

#[test]
fn a_second_payment_for_the_same_waits_for_staff() {
    let twice = with_status(PaymentStatus::NeedsReview, Some(reason::TWICE));
    for state in every_state() {
        assert_eq!(twice.advance(usd(1000), &seen(state), now()), twice.unmoved());
    }
    let accepted = twice.accepted(&seen(PaymentState::Succeeded), now());
    assert_eq!(accepted.effects, [Effect::Paid]);
    assert_eq!(
        (accepted.standing.status, accepted.standing.paid),
        (PaymentStatus::Succeeded, 1000)
    );
}

/// What can happen to a payment at a provider.
#[derive(Debug, Clone, Copy)]
enum Step {
    Open,
    RequiresAction,
    Processing,
    Fail,
    Succeed,
    Cancel,
    Expire,
    Fee(i64),
    Refund(i64),
    UndoRefund,
    Puzzle,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        1 => Just(Step::Open),
        1 => Just(Step::RequiresAction),
        1 => Just(Step::Processing),
        1 => Just(Step::Fail),
        3 => Just(Step::Succeed),
        1 => prop_oneof![Just(Step::Cancel), Just(Step::Expire)],
        1 => (1_i64..100).prop_map(Step::Fee),
        3 => (1_i64..600).prop_map(Step::Refund),
        1 => Just(Step::UndoRefund),
        1 => Just(Step::Puzzle),
    ];
    prop::collection::vec(step, 1..14)
}

/// Each state that the payment went through at the provider, with amounts counted up until then.
fn history(steps: &[Step]) -> Vec<PaymentSnapshot> {
    let mut truth = seen(PaymentState::Open);
    let mut states = vec![truth.clone()];
    for step in steps {
        let is_paid = truth.state == PaymentState::Succeeded;
        let is_over = matches!(truth.state, PaymentState::Canceled | PaymentState::Expired);
        let unpaid = match step {
            Step::Open => Some(PaymentState::Open),
            Step::RequiresAction => Some(PaymentState::RequiresAction),
            Step::Processing => Some(PaymentState::Processing),
            Step::Fail => Some(PaymentState::Failed {
                code: "declined".into(),
            }),
            Step::Succeed => Some(PaymentState::Succeeded),
            Step::Cancel => Some(PaymentState::Canceled),
            Step::Expire => Some(PaymentState::Expired),
            _ => None,
        };
        match (unpaid, *step) {
            (Some(state), _) if !is_paid && !is_over => truth.state = state,
            (None, Step::Fee(fee)) if is_paid => truth.fee = Some(usd(fee)),
            (None, Step::Refund(amount)) if is_paid && truth.refunded.minor() + amount <= 1000 => {
                truth.refunded = usd(truth.refunded.minor() + amount);
                truth.refunds.push(refund(amount, RefundState::Succeeded));
            }
            (None, Step::UndoRefund) => {
                if let Some(last) = truth
                    .refunds
                    .iter_mut()
                    .rfind(|one| one.state == RefundState::Succeeded)
                {
                    last.state = RefundState::Failed;
                    truth.refunded = usd(truth.refunded.minor() - last.amount.minor());
                }
            }
            (None, Step::Puzzle) if !is_over => {
                let mut puzzle = truth.clone();
                puzzle.state = PaymentState::Unknown("puzzle".into());
                states.push(puzzle);
            }
            _ => {}
        }
        states.push(truth.clone());
    }
    states
}

/// What the books say in the end.
#[derive(Debug, Default, PartialEq, Eq)]
struct Books {
    paid: usize,
    fees: i64,
    refunds: i64,
}

impl Books {
    fn write(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Paid => self.paid += 1,
                Effect::Fee(delta) => self.fees += delta,
                Effect::Refunded(delta) => self.refunds += delta,
                Effect::Failed(_) | Effect::Closed | Effect::ReviewNeeded(_) => {}
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Told in any order, with anything missing or twice: what was asked for later counts, as the service sees to.
    #[test]
    fn whatever_is_told_the_end_is_what_the_newest_says(
        steps in steps(),
        told in prop::collection::vec(any::<Index>(), 0..30),
    ) {
        let history = history(&steps);
        let newest = history.last().unwrap();
        let (mut standing, mut books, mut synced) = (Standing::begun(), Books::default(), 0);
        let order = told.iter().map(|index| index.index(history.len())).chain([history.len() - 1]);
        for place in order {
            if place < synced {
                continue;
            }
            synced = place;
            let advance = standing.advance(usd(1000), &history[place], now());
            prop_assert!(!standing.status.is_paid() || advance.standing.status.is_paid());
            standing = advance.standing;
            books.write(&advance.effects);
            prop_assert!((0..=standing.paid).contains(&standing.refunded));
        }
        let direct = Standing::begun().advance(usd(1000), newest, now());
        prop_assert_eq!(&standing, &direct.standing);
        let mut expected = Books::default();
        expected.write(&direct.effects);
        prop_assert_eq!(books, expected);
    }

    /// Even without an order: money that came stays, once, and no more is given back than came.
    #[test]
    fn in_no_order_at_all_nothing_is_lost_or_counted_twice(
        steps in steps(),
        told in prop::collection::vec(any::<Index>(), 0..40),
    ) {
        let history = history(&steps);
        let (mut standing, mut books) = (Standing::begun(), Books::default());
        let mut has_succeeded = false;
        for index in told {
            let place = index.index(history.len());
            has_succeeded |= history[place].state == PaymentState::Succeeded;
            let advance = standing.advance(usd(1000), &history[place], now());
            standing = advance.standing;
            books.write(&advance.effects);
            prop_assert_eq!(standing.status.is_paid(), has_succeeded);
            prop_assert!((0..=standing.paid).contains(&standing.refunded));
            prop_assert_eq!(books.refunds, standing.refunded);
            prop_assert_eq!(books.fees, standing.fee);
        }
        prop_assert_eq!(books.paid, usize::from(has_succeeded));
    }
}
