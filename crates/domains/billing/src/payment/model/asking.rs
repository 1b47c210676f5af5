//! When a payment that is open is asked about again, should nothing be told by itself.

use std::time::Duration;

use kernel::Timestamp;

use super::PaymentStatus;

/// When it is first asked: most buyers pay within minutes, and webhooks tell of it.
pub(crate) const FIRST: Duration = Duration::from_mins(10);

/// For how long after its end a page is waited for: what was paid in the last second is told later.
pub(crate) const LATE: Duration = Duration::from_hours(1);

/// When money on its way back is asked about again.
pub(crate) const REFUND: Duration = Duration::from_hours(1);

/// The longest wait while nobody has paid.
const LONGEST_OPEN: Duration = Duration::from_hours(6);

/// The longest wait for money on its way: bank transfers take days.
const LONGEST_PROCESSING: Duration = Duration::from_hours(24);

/// Money that is on its way for so long is not asked for any more.
const GIVEN_UP: Duration = Duration::from_hours(24 * 30);

/// What counts for when to ask.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) status: PaymentStatus,
    pub(crate) created_at: Timestamp,
    /// When the page is closed; none where there is no page.
    pub(crate) expires_at: Option<Timestamp>,
}

impl Waiting {
    /// When to ask next, after it was asked `now`: as long after as it is old, so ever less often.
    pub(crate) fn next(self, now: Timestamp) -> Option<Timestamp> {
        let age = now.since(self.created_at);
        match self.status {
            // Not every provider can close a page, so somebody may still pay what was given up.
            PaymentStatus::Pending
            | PaymentStatus::RequiresAction
            | PaymentStatus::Failed
            | PaymentStatus::Canceled => {
                let deadline = self.expires_at?.plus(LATE);
                let next = now.plus(age.clamp(FIRST, LONGEST_OPEN));
                (now < deadline).then(|| next.min(deadline))
            }
            PaymentStatus::Processing => {
                (age < GIVEN_UP).then(|| now.plus(age.clamp(FIRST, LONGEST_PROCESSING)))
            }
            _ => None,
        }
    }

    /// Whether nobody has paid, and nobody can any more.
    pub(crate) fn is_overdue(self, now: Timestamp) -> bool {
        let is_open = matches!(
            self.status,
            PaymentStatus::Pending | PaymentStatus::RequiresAction
        );
        is_open && self.expires_at.is_some_and(|end| end.plus(LATE) <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Timestamp {
        "2026-03-01T12:00:00Z".parse().unwrap()
    }

    fn waiting(status: PaymentStatus, page: Option<Duration>) -> Waiting {
        Waiting {
            status,
            created_at: start(),
            expires_at: page.map(|page| start().plus(page)),
        }
    }

    #[test]
    fn asks_ever_less_often_and_a_last_time_after_the_page_was_closed() {
        let page = Some(Duration::from_hours(23));
        for status in [
            PaymentStatus::Pending,
            PaymentStatus::RequiresAction,
            PaymentStatus::Failed,
            PaymentStatus::Canceled,
        ] {
            let mut now = start();
            let mut asked = Vec::new();
            while let Some(next) = waiting(status, page).next(now) {
                assert!(next > now);
                asked.push(next.since(start()).as_secs() / 60);
                now = next;
            }
            assert_eq!(
                asked,
                [10, 20, 40, 80, 160, 320, 640, 1000, 1360, 1440],
                "{status:?}"
            );
        }
    }

    #[test]
    fn waits_for_money_on_its_way_and_for_nothing_that_is_settled() {
        let processing = waiting(PaymentStatus::Processing, None);
        let (mut now, mut asked) = (start(), 0);
        while let Some(next) = processing.next(now) {
            assert!(next.since(now) <= LONGEST_PROCESSING);
            (now, asked) = (next, asked + 1);
        }
        assert!(now.since(start()) >= GIVEN_UP && asked < 60, "{asked}");
        for status in PaymentStatus::ALL.into_iter().filter(|status| {
            status.is_paid() || matches!(status, PaymentStatus::Expired | PaymentStatus::NeedsReview)
        }) {
            assert_eq!(waiting(status, Some(LATE)).next(start()), None, "{status:?}");
        }
        assert_eq!(waiting(PaymentStatus::Failed, None).next(start()), None);
    }

    #[test]
    fn is_over_an_hour_after_the_page_was_closed() {
        let pending = waiting(PaymentStatus::Pending, Some(LATE));
        let end = start().plus(LATE).plus(LATE);
        assert!(!pending.is_overdue(end.minus(Duration::from_micros(1))));
        assert!(pending.is_overdue(end));
        for status in [PaymentStatus::Processing, PaymentStatus::Failed] {
            assert!(!waiting(status, Some(LATE)).is_overdue(end), "{status:?}");
        }
    }
}
