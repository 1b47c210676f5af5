//! What follows from a change, once each.

use kernel::Timestamp;

use super::{State, Status};

/// Something that others want to know, or that is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Somebody has paid: from now on it counts.
    Begun,
    /// The days that cost nothing end then.
    TrialEnds(Timestamp),
    /// A payment is missing since then.
    PastDue(Timestamp),
    /// It will end then.
    CancellationScheduled(Timestamp),
    /// It is over.
    Canceled,
}

/// What follows from the change, in the order in which it is told.
pub(crate) fn effects(before: &State, after: &State) -> Vec<Effect> {
    let mut found = Vec::new();
    let counts = |status| {
        matches!(
            status,
            Status::Trialing | Status::Active | Status::PastDue | Status::Paused
        )
    };
    if !counts(before.status) && before.status != Status::Unpaid && counts(after.status) {
        found.push(Effect::Begun);
    }
    if let Some(end) = after.trial_end
        && after.status == Status::Trialing
        && (before.status != Status::Trialing || before.trial_end != Some(end))
    {
        found.push(Effect::TrialEnds(end));
    }
    if let (None, Some(since)) = (before.past_due_since, after.past_due_since) {
        found.push(Effect::PastDue(since));
    }
    if let Some(end) = after.cancel_at
        && !after.status.is_over()
        && before.cancel_at != Some(end)
    {
        found.push(Effect::CancellationScheduled(end));
    }
    if after.status == Status::Canceled && before.status != Status::Canceled {
        found.push(Effect::Canceled);
    }
    found
}
