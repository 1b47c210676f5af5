//! How long to wait before the next attempt.

use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(1);

/// Twice as long after each attempt, from a second to an hour, and up to a half more so that jobs
/// that failed together don't come back together. `dice` is any number.
pub(crate) fn after_attempt(attempt: u32, dice: u64) -> Duration {
    let doublings = attempt.saturating_sub(1).min(12);
    let wait = SHORTEST.saturating_mul(1 << doublings).min(LONGEST);
    (wait + part(wait / 2, dice)).min(LONGEST)
}

/// Some part of `whole`.
pub(crate) fn part(whole: Duration, dice: u64) -> Duration {
    let thousandths = u32::try_from(dice % 1000).unwrap_or_default();
    whole / 1000 * thousandths
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_from_a_second_to_an_hour_with_some_spread() {
        assert_eq!(after_attempt(1, 0), Duration::from_secs(1));
        assert_eq!(after_attempt(4, 0), Duration::from_secs(8));
        assert_eq!(after_attempt(4, 500), Duration::from_secs(10));
        assert_eq!(after_attempt(13, 999), Duration::from_hours(1));
        assert_eq!(after_attempt(u32::MAX, 7), Duration::from_hours(1));
        assert_eq!(after_attempt(0, 0), Duration::from_secs(1));
    }
}
