//! What a provider is asked to do with a subscription.

use kernel::Timestamp;
use ports::payments::Proration;

use super::{CancelTime, PauseKind, State, Status};
use kernel::PriceId;

/// Something that a provider is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Command {
    /// Another price or quantity.
    Change {
        /// Our price, and what the provider calls it.
        price: Option<(PriceId, String)>,
        /// How many.
        quantity: Option<u32>,
        /// How the rest of the period is settled.
        proration: Proration,
    },
    /// To end it.
    Cancel(CancelTime),
    /// To take a cancellation back, or to end a pause.
    Resume,
    /// To collect nothing for a while.
    Pause {
        /// Whether the service goes on.
        mode: PauseKind,
        /// When it ends by itself.
        resumes_at: Option<Timestamp>,
    },
}

impl Command {
    /// In a word, for keys and logs.
    pub(crate) const fn verb(&self) -> &'static str {
        match self {
            Self::Change { .. } => "change",
            Self::Cancel(_) => "cancel",
            Self::Resume => "resume",
            Self::Pause { .. } => "pause",
        }
    }

    /// Why it makes no sense now.
    pub(crate) fn refusal(&self, state: &State) -> Option<&'static str> {
        let status = state.status;
        if status.is_over() {
            return Some("the subscription is over");
        }
        if status == Status::NeedsReview {
            return Some("somebody has to look at the subscription first");
        }
        if state.reference.is_none() {
            return Some("nobody has paid for this subscription yet");
        }
        match self {
            Self::Change { .. } if state.cancel_at.is_some() => {
                Some("the subscription is to end; resume it first")
            }
            Self::Change { .. } => {
                let is_running = matches!(status, Status::Trialing | Status::Active | Status::PastDue);
                (!is_running).then_some("only a subscription that is running can be changed")
            }
            Self::Cancel(CancelTime::PeriodEnd) => {
                state.cancel_at.map(|_| "the subscription is to end already")
            }
            Self::Cancel(CancelTime::Now) => None,
            Self::Resume => {
                let is_of_use = status == Status::Paused || state.cancel_at.is_some();
                (!is_of_use).then_some("the subscription is neither paused nor to end")
            }
            Self::Pause { .. } => {
                let is_running = matches!(status, Status::Trialing | Status::Active);
                (!is_running).then_some("only a subscription that is running can be paused")
            }
        }
    }

    /// Whether that is how it stands.
    pub(crate) fn is_done(&self, state: &State) -> bool {
        match self {
            Self::Change { price, quantity, .. } => {
                let has_price = price.as_ref().is_none_or(|(price, _)| state.price == *price);
                has_price && quantity.is_none_or(|quantity| state.quantity == quantity)
            }
            Self::Cancel(CancelTime::PeriodEnd) => state.cancel_at.is_some() || state.status.is_over(),
            Self::Cancel(CancelTime::Now) => state.status.is_over(),
            Self::Resume => state.cancel_at.is_none() && state.status != Status::Paused,
            Self::Pause { .. } => state.status == Status::Paused,
        }
    }
}
