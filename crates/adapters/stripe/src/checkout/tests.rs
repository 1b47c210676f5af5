use super::*;

/// 2026-01-01T00:00:00Z, and a few seconds.
const NOW: i64 = 1_767_225_607;
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;

fn closes(asked: i64, now: i64) -> (i64, bool) {
    let at = |seconds| Timestamp::from_unix_seconds(seconds).unwrap();
    let closes = closes_at(at(asked), at(now));
    (closes.seconds, closes.is_moved)
}

#[test]
fn what_stripe_takes_is_left_as_it_is() {
    for offset in [31 * MINUTE, HOUR, 12 * HOUR, 24 * HOUR - MINUTE] {
        assert_eq!(closes(NOW + offset, NOW), (NOW + offset, false));
    }
}

#[test]
fn what_stripe_does_not_take_is_moved_into_its_bounds() {
    for second in 0..(20 * MINUTE) {
        let now = NOW + second;
        for asked in [
            0,
            now - 1,
            now,
            now + 31 * MINUTE - 1,
            now + 24 * HOUR - 59,
            now + 240 * HOUR,
        ] {
            let (moved, is_moved) = closes(asked, now);
            assert!(is_moved);
            assert!(
                moved > now + 30 * MINUTE && moved < now + 24 * HOUR,
                "{asked} at {now}: {moved}"
            );
            let is_soon = asked < now + HOUR;
            assert!(if is_soon {
                moved <= now + 46 * MINUTE
            } else {
                moved >= now + 23 * HOUR
            });
        }
    }
}

#[test]
fn a_repetition_soon_after_says_the_same() {
    let first = closes(0, NOW);
    assert!((0..13 * MINUTE).all(|later| closes(0, NOW + later) == first));
    assert_ne!(closes(0, NOW + 15 * MINUTE), first);
}
