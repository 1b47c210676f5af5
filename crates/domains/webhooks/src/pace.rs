//! How long to wait after which failure.

use std::time::Duration;

/// The waits after the first attempt, the second, …: eight attempts in about 28 hours.
const WAITS: [Duration; 7] = [
    Duration::from_secs(5),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(5),
    Duration::from_hours(10),
    Duration::from_hours(10),
];

/// The longest that an answer may ask us to wait (`Retry-After`).
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// So many failures in a row, and an endpoint is asked less often.
const PAUSED_FROM: i64 = 5;

/// The first pause; each one after it is twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(30);

/// The longest pause.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);

/// For so long without one success, and an endpoint is disabled.
pub(crate) const DISABLED_AFTER: Duration = Duration::from_hours(24 * 5);

/// How long to wait after the `attempt`th failure of a delivery, and up to a tenth more, so that those that failed
/// together don't come back together; `None` when it is given up. `dice` is any number.
pub(crate) fn after_attempt(attempt: i64, wish: Option<Duration>, dice: u64) -> Option<Duration> {
    let place = usize::try_from(attempt.saturating_sub(1)).ok()?;
    let wait = WAITS.get(place)?;
    let wait = wish.map_or(*wait, |wish| wish.min(LONGEST_WISH).max(*wait));
    Some(wait + part(wait / 10, dice))
}

/// For how long an endpoint is not asked after so many failures in a row.
pub(crate) fn pause(failures: i64, wish: Option<Duration>, dice: u64) -> Option<Duration> {
    let doublings = (failures >= PAUSED_FROM).then(|| failures - PAUSED_FROM);
    let doublings = doublings.map(|more| u32::try_from(more).unwrap_or(u32::MAX));
    let pause = doublings.map(|doublings| {
        let pause = FIRST_PAUSE
            .saturating_mul(1 << doublings.min(10))
            .min(LONGEST_PAUSE);
        pause + part(pause / 10, dice)
    });
    pause.max(wish.map(|wish| wish.min(LONGEST_WISH)))
}

/// Some part of `whole`.
fn part(whole: Duration, dice: u64) -> Duration {
    let thousandths = u32::try_from(dice % 1000).unwrap_or_default();
    whole / 1000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_eight_times_longer_and_longer() {
        let waits: Vec<_> = (1..=8).map(|attempt| after_attempt(attempt, None, 0)).collect();
        let told: Vec<_> = WAITS.into_iter().map(Some).chain([None]).collect();
        assert_eq!(waits, told);
        assert_eq!(after_attempt(1, None, 500), Some(Duration::from_millis(5250)));
        assert_eq!(after_attempt(0, None, 0), None);
    }

    #[test]
    fn a_wish_is_heard_within_bounds() {
        let wish = |seconds| Some(Duration::from_secs(seconds));
        assert_eq!(after_attempt(1, wish(60), 0), wish(60));
        assert_eq!(after_attempt(2, wish(1), 0), wish(300));
        assert_eq!(after_attempt(1, wish(u64::MAX), 0), Some(LONGEST_WISH));
        assert_eq!(after_attempt(8, wish(60), 0), None);
        assert_eq!(pause(1, wish(u64::MAX), 0), Some(LONGEST_WISH));
        assert_eq!(pause(1, wish(60), 0), wish(60));
    }

    #[test]
    fn pauses_grow_up_to_an_hour() {
        assert_eq!((pause(0, None, 0), pause(4, None, 0)), (None, None));
        assert_eq!(pause(5, None, 0), Some(FIRST_PAUSE));
        assert_eq!(pause(7, None, 0), Some(FIRST_PAUSE * 4));
        assert_eq!(pause(i64::MAX, None, 0), Some(LONGEST_PAUSE));
    }
}
