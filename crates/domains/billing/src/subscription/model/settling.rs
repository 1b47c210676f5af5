//! What a subscription becomes when a provider says what it is: one total function.

use kernel::{PlanId, PriceId, Timestamp};
use ports::payments::{SubscriptionSnapshot, SubscriptionState};
use std::time::Duration;

use super::{PauseKind, PauseState, State, Status};
use crate::plan::model::Period;

/// Why somebody has to look.
pub(crate) mod reason {
    /// The provider says a word for its standing that is not known here.
    pub(crate) const UNKNOWN_STATUS: &str = "unknown_status";
    /// The provider charges a price that none of ours is.
    pub(crate) const UNKNOWN_PRICE: &str = "unknown_price";
    /// The provider says that there are none.
    pub(crate) const NO_QUANTITY: &str = "no_quantity";
    /// There is another one to the same plan.
    pub(crate) const SUBSCRIBED_TWICE: &str = "subscribed_twice";
    /// A period was charged that was to be the first without; it ends with that one.
    pub(crate) const CHARGED_AFTER_CANCELLATION: &str = "charged_after_cancellation";
    /// The provider makes no page for it.
    pub(crate) const REFUSED: &str = "refused";
    /// It was given up before somebody paid.
    pub(crate) const GIVEN_UP: &str = "given_up";
}

/// The most periods that are counted on at once.
const MOST_PERIODS: u32 = 5_000;

/// What a provider says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Told<'a> {
    /// What it says.
    pub(crate) snapshot: &'a SubscriptionSnapshot,
    /// Which of our prices it speaks of.
    pub(crate) price: PriceTold,
    /// Who sees to it that it ends with its period.
    pub(crate) scheduling: Scheduling,
    /// When it was asked.
    pub(crate) asked_at: Timestamp,
}

/// Which of our prices a provider speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PriceTold {
    /// It does not say; the period is that of the price that we know.
    Unsaid(Option<Period>),
    /// One of ours.
    Known {
        /// The price.
        price: PriceId,
        /// Its plan.
        plan: PlanId,
        /// What is paid for at once.
        period: Option<Period>,
    },
    /// None of ours.
    Unknown,
}

/// Who sees to it that a subscription ends with its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scheduling {
    /// The provider.
    Provider,
    /// We do: the provider can only cancel at once.
    Ours,
}

impl State {
    /// What it is from now on.
    pub(crate) fn settled(&self, told: &Told<'_>) -> Self {
        let Told {
            snapshot, asked_at, ..
        } = *told;
        let (status, review) = self.status_told(told);
        let mut next = self.clone();
        next.status = status;
        next.reason = match review {
            Some(reason) => Some(reason.to_owned()),
            None => next.reason.filter(|reason| outlives(reason)),
        };
        next.learn_names(snapshot);
        if review.is_none() {
            next.follow_terms(told);
        }
        next.current_period_start = snapshot.current_period_start.or(self.current_period_start);
        next.current_period_end = snapshot.current_period_end.or(self.current_period_end);
        if snapshot.current_period_end.is_none() && snapshot.state == SubscriptionState::Active {
            next.count_periods(told);
        }
        next.trial_end = snapshot.trial_end.or(self.trial_end);
        next.cancel_at = match told.scheduling {
            _ if status.is_over() => snapshot.cancel_at.or(self.cancel_at),
            Scheduling::Provider => snapshot.cancel_at,
            Scheduling::Ours => snapshot.cancel_at.or(self.cancel_at),
        };
        next.ended_at = status
            .is_over()
            .then(|| snapshot.ended_at.or(self.ended_at).unwrap_or(asked_at));
        next.canceled_at = match (status, next.cancel_at) {
            (Status::Canceled, _) => self.canceled_at.or(next.ended_at),
            (_, Some(_)) => self.canceled_at.or(Some(asked_at)),
            _ => None,
        };
        next.past_due_since = match status {
            Status::PastDue | Status::Unpaid => self.past_due_since.or(Some(asked_at)),
            Status::Active | Status::Trialing => None,
            _ => self.past_due_since,
        };
        next.pause = (status == Status::Paused).then(|| PauseState {
            // Where nothing is said, the service stops: never more than is known.
            mode: snapshot.pause.map_or(PauseKind::Void, |pause| pause.mode.into()),
            resumes_at: snapshot.pause.and_then(|pause| pause.resumes_at),
        });
        next
    }

    /// The status, and why somebody has to look.
    fn status_told(&self, told: &Told<'_>) -> (Status, Option<&'static str>) {
        let was = self.status;
        let is_paid_until = |end: Timestamp| end > told.asked_at;
        match &told.snapshot.state {
            // It was canceled there a day early, because it can't be done later: what is paid for goes on.
            SubscriptionState::Canceled
                if told.scheduling == Scheduling::Ours
                    && matches!(was, Status::Active | Status::Trialing)
                    && self.cancel_at.is_some_and(is_paid_until) =>
            {
                (was, None)
            }
            SubscriptionState::Canceled => match was {
                Status::Incomplete | Status::Expired => (Status::Expired, None),
                _ => (Status::Canceled, None),
            },
            SubscriptionState::Unknown(_) if was.is_over() => (was, None),
            SubscriptionState::Unknown(_) => (Status::NeedsReview, Some(reason::UNKNOWN_STATUS)),
            // Nothing goes back to before the first payment.
            SubscriptionState::Incomplete => match was {
                Status::NeedsReview => (Status::Incomplete, None),
                _ => (was, None),
            },
            SubscriptionState::Unpaid => (Status::Unpaid, None),
            _ if told.price == PriceTold::Unknown => (Status::NeedsReview, Some(reason::UNKNOWN_PRICE)),
            _ if told.snapshot.quantity == Some(0) => (Status::NeedsReview, Some(reason::NO_QUANTITY)),
            SubscriptionState::PastDue => (Status::PastDue, None),
            SubscriptionState::Paused => (Status::Paused, None),
            _ if told.snapshot.pause.is_some() => (Status::Paused, None),
            SubscriptionState::Trialing => (Status::Trialing, None),
            SubscriptionState::Active => (Status::Active, None),
        }
    }

    fn learn_names(&mut self, snapshot: &SubscriptionSnapshot) {
        self.reference = Some(snapshot.id.clone());
        for (known, said) in [
            (&mut self.item, &snapshot.item),
            (&mut self.customer, &snapshot.customer),
            (&mut self.customer_email, &snapshot.customer_email),
        ] {
            if said.is_some() {
                known.clone_from(said);
            }
        }
    }

    /// Price and quantity, and what of both was waited for.
    fn follow_terms(&mut self, told: &Told<'_>) {
        if let PriceTold::Known { price, plan, .. } = told.price {
            (self.price, self.plan) = (price, plan);
        }
        self.quantity = told
            .snapshot
            .quantity
            .filter(|quantity| *quantity > 0)
            .unwrap_or(self.quantity);
        let is_over = self.status.is_over();
        let (price, quantity) = (self.price, self.quantity);
        self.pending_price = self.pending_price.filter(|wanted| !is_over && *wanted != price);
        self.pending_quantity = self
            .pending_quantity
            .filter(|wanted| !is_over && *wanted != quantity);
    }

    /// The periods of a provider that does not tell them: one after the other while it says that all is paid.
    fn count_periods(&mut self, told: &Told<'_>) {
        let period = match told.price {
            PriceTold::Unsaid(period) | PriceTold::Known { period, .. } => period,
            PriceTold::Unknown => None,
        };
        let Some(period) = period else { return };
        let anchor = self.current_period_start.unwrap_or(told.asked_at);
        let mut ends = (1..=MOST_PERIODS).map_while(|times| Some((times, period.end(anchor, times)?)));
        let present = ends.find(|(_, end)| *end > told.asked_at);
        if let Some((times, end)) = present {
            self.current_period_start = match times {
                1 => Some(anchor),
                _ => period.end(anchor, times - 1),
            };
            self.current_period_end = Some(end);
        }
    }

    /// When the provider is asked again, should it tell nothing by itself: soon after something is to happen, and
    /// sooner where a payment is missing.
    pub(crate) fn next_sync(&self, now: Timestamp) -> Option<Timestamp> {
        const HOUR: Duration = Duration::from_hours(1);
        const DAY: Duration = Duration::from_hours(24);
        let soon = |moment: Option<Timestamp>| moment.map(|moment| moment.plus(HOUR));
        let (latest, moments) = match self.status {
            Status::Canceled | Status::Expired => return None,
            Status::Incomplete => (HOUR, [None; 3]),
            Status::PastDue => (6 * HOUR, [None; 3]),
            Status::Unpaid | Status::NeedsReview => (DAY, [None; 3]),
            Status::Paused => (
                7 * DAY,
                [soon(self.pause.and_then(|pause| pause.resumes_at)), None, None],
            ),
            Status::Trialing | Status::Active => (
                30 * DAY,
                [
                    soon(self.current_period_end),
                    soon(self.trial_end.filter(|_| self.status == Status::Trialing)),
                    self.cancel_at,
                ],
            ),
        };
        // What should have happened by now did not: it is asked again in a while.
        let expected = moments
            .into_iter()
            .flatten()
            .map(|moment| if moment > now { moment } else { now.plus(6 * HOUR) });
        Some(expected.fold(now.plus(latest), Timestamp::min))
    }
}

/// Whether a reason stays when the provider has nothing to object.
fn outlives(reason: &str) -> bool {
    matches!(
        reason,
        reason::SUBSCRIBED_TWICE | reason::CHARGED_AFTER_CANCELLATION
    )
}
