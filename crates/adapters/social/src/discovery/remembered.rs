//! Something of the provider's that is remembered for a while.

use std::sync::Arc;
use std::time::Duration;

use ports::social::SocialError;
use tokio::sync::Mutex;
use tokio::time::Instant;

/// How long something is remembered whose server does not say.
const USUAL: Duration = Duration::from_hours(1);

/// The bounds of what a server may say.
const SHORTEST: Duration = Duration::from_mins(5);
const LONGEST: Duration = Duration::from_hours(24);

/// How long a server that failed is left alone.
const LEFT_ALONE: Duration = Duration::from_secs(3);

/// What was fetched, and for how long its server says it may be kept.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) max_age: Option<Duration>,
}

/// One value, fetched by one caller at a time while the others wait for it.
pub(crate) struct Remembered<T>(Mutex<State<T>>);

enum State<T> {
    Nothing,
    Value {
        value: Arc<T>,
        fetched: Instant,
        /// When it was last tried to fetch it.
        tried: Instant,
        keep: Duration,
    },
    Failure {
        problem: String,
        happened: Instant,
    },
}

impl<T> Default for Remembered<T> {
    fn default() -> Self {
        Self(Mutex::new(State::Nothing))
    }
}

impl<T> Remembered<T> {
    /// The value, fetched when there is none or its time is over.
    pub(crate) async fn get(
        &self,
        fetch: impl AsyncFnOnce() -> Result<Fetched<T>, SocialError>,
    ) -> Result<Arc<T>, SocialError> {
        self.get_unless(|_| false, fetch).await
    }

    /// As `get`, but what nobody tried to fetch for `age` is fetched anew. When that fails, the value that
    /// there is stays: its time is not over.
    pub(crate) async fn get_newer(
        &self,
        age: Duration,
        fetch: impl AsyncFnOnce() -> Result<Fetched<T>, SocialError>,
    ) -> Result<Arc<T>, SocialError> {
        self.get_unless(|tried| tried.elapsed() >= age, fetch).await
    }

    async fn get_unless(
        &self,
        is_stale: impl FnOnce(Instant) -> bool,
        fetch: impl AsyncFnOnce() -> Result<Fetched<T>, SocialError>,
    ) -> Result<Arc<T>, SocialError> {
        let mut state = self.0.lock().await;
        match &*state {
            State::Value {
                value,
                fetched,
                tried,
                keep,
            } if fetched.elapsed() < *keep && !is_stale(*tried) => return Ok(Arc::clone(value)),
            State::Failure { problem, happened } if happened.elapsed() < LEFT_ALONE => {
                return Err(SocialError::Failed(problem.clone()));
            }
            _ => {}
        }
        match fetch().await {
            Ok(new) => {
                let value = Arc::new(new.value);
                *state = State::Value {
                    value: Arc::clone(&value),
                    fetched: Instant::now(),
                    tried: Instant::now(),
                    keep: new.max_age.unwrap_or(USUAL).clamp(SHORTEST, LONGEST),
                };
                Ok(value)
            }
            Err(error) => {
                state.fail(&error);
                Err(error)
            }
        }
    }
}

impl<T> State<T> {
    fn fail(&mut self, error: &SocialError) {
        match self {
            Self::Value {
                fetched, tried, keep, ..
            } if fetched.elapsed() < *keep => *tried = Instant::now(),
            _ => {
                *self = Self::Failure {
                    problem: error.to_string(),
                    happened: Instant::now(),
                };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    async fn fetches(remembered: &Remembered<u32>, max_age: Option<u64>, count: &Cell<u32>) -> u32 {
        let got = remembered.get(async || {
            count.set(count.get() + 1);
            Ok(Fetched {
                value: count.get(),
                max_age: max_age.map(Duration::from_secs),
            })
        });
        *got.await.unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_a_value_as_long_as_it_may_within_bounds() {
        for (said, kept) in [
            (None, 3600),
            (Some(0), 300),
            (Some(600), 600),
            (Some(10_000_000), 86_400),
        ] {
            let (remembered, count) = (Remembered::default(), Cell::new(0));
            assert_eq!(fetches(&remembered, said, &count).await, 1);
            tokio::time::advance(Duration::from_secs(kept - 1)).await;
            assert_eq!(fetches(&remembered, said, &count).await, 1, "{said:?}");
            tokio::time::advance(Duration::from_secs(1)).await;
            assert_eq!(fetches(&remembered, said, &count).await, 2, "{said:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn uses_nothing_that_could_not_be_fetched_anew() {
        let (remembered, count) = (Remembered::default(), Cell::new(0));
        fetches(&remembered, None, &count).await;
        tokio::time::advance(USUAL).await;
        let failing = async || Err(SocialError::Failed("it is down".to_owned()));
        assert!(remembered.get(failing).await.is_err());
        let left_alone = remembered.get(async || unreachable!("it is left alone")).await;
        assert!(left_alone.is_err());
        tokio::time::advance(LEFT_ALONE).await;
        assert_eq!(fetches(&remembered, None, &count).await, 2);
    }

    #[tokio::test(start_paused = true)]
    async fn keeps_what_still_holds_when_a_newer_one_is_not_to_be_had() {
        let (remembered, count) = (Remembered::default(), Cell::new(0));
        fetches(&remembered, None, &count).await;
        let age = Duration::from_mins(1);
        let unneeded = remembered
            .get_newer(age, async || unreachable!("it is new"))
            .await;
        assert_eq!(*unneeded.unwrap(), 1);
        tokio::time::advance(age).await;
        let failing = async || Err(SocialError::Failed("it is down".to_owned()));
        assert!(remembered.get_newer(age, failing).await.is_err());
        let unneeded = remembered
            .get_newer(age, async || unreachable!("it was tried"))
            .await;
        assert_eq!(*unneeded.unwrap(), 1);
        assert_eq!(fetches(&remembered, None, &count).await, 1);
    }
}
