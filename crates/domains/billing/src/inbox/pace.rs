//! How long to wait after which failure to ask.

use std::time::Duration;

use ports::payments::ProviderError;

use crate::error::BillingError;

/// The waits after the first failure in a row, the second, …: eight tries in about 33 hours.
const WAITS: [Duration; 7] = [
    Duration::from_secs(10),
    Duration::from_mins(1),
    Duration::from_mins(5),
    Duration::from_mins(30),
    Duration::from_hours(2),
    Duration::from_hours(6),
    Duration::from_hours(24),
];

/// How often something is asked for that the provider does not have, or does not want to tell: it may come to
/// know it in a moment, and hardly later.
const FEW: usize = 3;

/// How long to wait for a provider that asks to slow down and does not say for how long.
const SLOWED_DOWN: Duration = Duration::from_mins(1);
/// The longest that a provider may ask us to wait.
const LONGEST_WISH: Duration = Duration::from_hours(1);

/// Why an object could not be brought up to date.
#[derive(Debug, thiserror::Error)]
pub(super) enum Trouble {
    /// Nobody could be asked, or what was asked for is not there.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// What it is could not be applied.
    #[error(transparent)]
    Applying(BillingError),
}

/// Who says that there is something to ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    /// An event of the provider.
    ByAnEvent,
    /// Nobody; we want to know by ourselves.
    ByNobody,
}

/// What is to be done about it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Remedy {
    /// Waiting, without counting it as a failure.
    Wait(Duration),
    /// Trying again after so long.
    TryAgain(Duration),
    /// Nothing: somebody has to look.
    GiveUp,
}

impl Trouble {
    /// After so many failures in a row, this one among them, where an event says that there is something, or none does.
    pub(super) fn remedy(&self, failures: usize, told: Told) -> Remedy {
        let most = match self {
            Self::Provider(ProviderError::RateLimited { retry_after }) => {
                return Remedy::Wait(retry_after.unwrap_or(SLOWED_DOWN).min(LONGEST_WISH));
            }
            Self::Provider(ProviderError::Unsupported(_)) => 0,
            // Nobody has paid yet, most likely.
            Self::Provider(ProviderError::NotFound) if told == Told::ByNobody => 0,
            Self::Provider(
                ProviderError::NotFound | ProviderError::Refused { .. } | ProviderError::Declined { .. },
            ) => FEW,
            _ => WAITS.len(),
        };
        let waits = WAITS.get(..most).unwrap_or_default();
        let wait = waits.get(failures.saturating_sub(1));
        wait.map_or(Remedy::GiveUp, |wait| Remedy::TryAgain(*wait))
    }

    /// For a metric.
    pub(super) const fn outcome(&self) -> &'static str {
        match self {
            Self::Provider(ProviderError::RateLimited { .. }) => "rate_limited",
            Self::Provider(ProviderError::NotFound) => "not_found",
            Self::Provider(ProviderError::OutcomeUnknown(_) | ProviderError::Unavailable(_)) => "unavailable",
            Self::Provider(_) => "refused",
            Self::Applying(_) => "not_applied",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_asked_eight_times() {
        let silence = Trouble::from(ProviderError::Unavailable("no answer".into()));
        let waits: Vec<_> = (1..=8)
            .map(|failures| silence.remedy(failures, Told::ByNobody))
            .collect();
        let told = WAITS.map(Remedy::TryAgain).into_iter().chain([Remedy::GiveUp]);
        assert_eq!(waits, told.collect::<Vec<_>>());
    }

    #[test]
    fn what_is_not_there_is_asked_for_a_few_times() {
        let absent = Trouble::from(ProviderError::NotFound);
        assert_eq!(
            absent.remedy(1, Told::ByAnEvent),
            Remedy::TryAgain(Duration::from_secs(10))
        );
        assert_eq!(
            absent.remedy(3, Told::ByAnEvent),
            Remedy::TryAgain(Duration::from_mins(5))
        );
        assert_eq!(absent.remedy(4, Told::ByAnEvent), Remedy::GiveUp);
        assert_eq!(absent.remedy(1, Told::ByNobody), Remedy::GiveUp);
        let capability = ports::payments::Capability::Disputes;
        assert_eq!(
            Trouble::from(ProviderError::Unsupported(capability)).remedy(1, Told::ByAnEvent),
            Remedy::GiveUp
        );
    }

    #[test]
    fn a_provider_that_asks_to_slow_down_is_obeyed() {
        let wait = |retry_after| {
            Trouble::from(ProviderError::RateLimited { retry_after }).remedy(99, Told::ByAnEvent)
        };
        assert_eq!(wait(None), Remedy::Wait(SLOWED_DOWN));
        let seconds = Duration::from_secs(7);
        assert_eq!(wait(Some(seconds)), Remedy::Wait(seconds));
        assert_eq!(wait(Some(Duration::MAX)), Remedy::Wait(LONGEST_WISH));
    }
}
