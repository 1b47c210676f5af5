//! Hashing on threads of its own: a hash takes 15 ms of one core, so no more run at once than there are
//! cores, a few may wait, and the rest is told to come back.

use std::fmt;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use kernel::{Failure, FailureKind, Secret};
use serde::Deserialize;
use tokio::sync::oneshot;

use super::argon::{Argon, Verdict};
use super::foreign::{ForeignHash, ForeignHashes, is_foreign};
use super::phc::Cost;

/// A foreign hash may take longer than any of ours, and its owner could never sign in if nobody waited.
const FOREIGN_PATIENCE: Duration = Duration::from_secs(10);

/// How passwords are hashed. The defaults are OWASP's for argon2id.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct HasherConfig {
    /// Hashes at once.
    pub permits: usize,
    /// Requests that may wait; one more is answered [`HasherBusy`] at once.
    pub queue: usize,
    /// Milliseconds until a request that still has no answer gets [`HasherBusy`].
    pub patience_ms: u64,
    /// Memory of one hash.
    pub memory_kib: u32,
    /// Passes over the memory.
    pub iterations: u32,
    /// Lanes; they are computed one after the other.
    pub parallelism: u32,
}

/// Hashes and verifies passwords. Cheap to clone; its threads end with the last clone.
#[derive(Clone)]
pub struct PasswordHasher {
    queue: SyncSender<Request>,
    patience: Duration,
    foreign: Option<ForeignHashes>,
}

/// Too many passwords are being hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many people are signing in at this moment; try again in a second")]
pub struct HasherBusy;

/// Why hashing can't start.
#[derive(Debug, thiserror::Error)]
pub enum HasherError {
    /// The configured cost is none that argon2 has, or beyond what we are willing to pay.
    #[error(
        "the cost of password hashes is out of range: at least 8 KiB of memory for each lane and one \
         iteration, at most {} MiB, {} iterations and {} lanes",
        Cost::MAX.memory_kib / 1024, Cost::MAX.iterations, Cost::MAX.parallelism
    )]
    Cost,
    /// Nothing could ever be hashed.
    #[error("password hashing needs at least one permit and room for one request")]
    NoPermits,
    /// The system gives no thread.
    #[error("no thread for password hashing")]
    Thread(#[source] std::io::Error),
}

enum Request {
    Hash {
        password: Secret<String>,
        answer: oneshot::Sender<String>,
    },
    Verify {
        password: Secret<String>,
        phc: Option<String>,
        answer: oneshot::Sender<Verdict>,
    },
    VerifyForeign {
        password: Secret<String>,
        hash: ForeignHash,
        answer: oneshot::Sender<Verdict>,
    },
}

impl Default for HasherConfig {
    fn default() -> Self {
        Self {
            permits: thread::available_parallelism().map_or(2, usize::from).min(4),
            queue: 64,
            patience_ms: 2000,
            memory_kib: 19_456,
            iterations: 2,
            parallelism: 1,
        }
    }
}

impl HasherConfig {
    /// As weak and quick as argon2 gets: for tests.
    pub fn cheap() -> Self {
        Self {
            memory_kib: 8,
            iterations: 1,
            ..Self::default()
        }
    }

    const fn cost(&self) -> Cost {
        Cost {
            memory_kib: self.memory_kib,
            iterations: self.iterations,
            parallelism: self.parallelism,
        }
    }
}

impl PasswordHasher {
    /// Starts the threads.
    pub fn start(config: &HasherConfig) -> Result<Self, HasherError> {
        let cost = config.cost();
        if !cost.is_bearable() {
            return Err(HasherError::Cost);
        }
        if config.permits == 0 || config.queue == 0 {
            return Err(HasherError::NoPermits);
        }
        let (queue, requests) = sync_channel(config.queue);
        let requests = Arc::new(Mutex::new(requests));
        for number in 0..config.permits {
            let requests = Arc::clone(&requests);
            thread::Builder::new()
                .name(format!("password-{number}"))
                .spawn(move || work(Argon::new(cost), &requests))
                .map_err(HasherError::Thread)?;
        }
        Ok(Self {
            queue,
            patience: Duration::from_millis(config.patience_ms),
            foreign: None,
        })
    }

    /// The same, which also knows hashes that were brought along from other systems.
    pub fn with_foreign(mut self, foreign: ForeignHashes) -> Self {
        self.foreign = Some(foreign);
        self
    }

    /// The text to keep of a password.
    pub async fn hash(&self, password: Secret<String>) -> Result<String, HasherBusy> {
        self.ask(self.patience, |answer| Request::Hash { password, answer })
            .await
    }

    /// Whether the password, as it was typed, is the one of which `kept` was kept. `None` is nobody's: it takes
    /// as long and never matches, so that the clock does not tell who has an account.
    pub async fn verify(
        &self,
        password: Secret<String>,
        kept: Option<String>,
    ) -> Result<Verdict, HasherBusy> {
        if let Some(hash) = kept.as_deref().and_then(|kept| self.open_foreign(kept)) {
            let patience = self.patience.max(FOREIGN_PATIENCE);
            let ask = |answer| Request::VerifyForeign {
                password,
                hash,
                answer,
            };
            return self.ask(patience, ask).await;
        }
        let ask = |answer| Request::Verify {
            password,
            phc: kept,
            answer,
        };
        self.ask(self.patience, ask).await
    }

    fn open_foreign(&self, kept: &str) -> Option<ForeignHash> {
        let foreign = self.foreign.as_ref().filter(|_| is_foreign(kept))?;
        foreign.open(kept)
    }

    async fn ask<T>(
        &self,
        patience: Duration,
        request: impl FnOnce(oneshot::Sender<T>) -> Request + Send,
    ) -> Result<T, HasherBusy> {
        let (answer, answered) = oneshot::channel();
        self.queue.try_send(request(answer)).map_err(|_| HasherBusy)?;
        let answered = tokio::time::timeout(patience, answered).await;
        answered.map_err(|_| HasherBusy)?.map_err(|_| HasherBusy)
    }
}

impl fmt::Debug for PasswordHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHasher")
    }
}

impl Failure for HasherBusy {
    fn kind(&self) -> FailureKind {
        FailureKind::Unavailable
    }

    fn code(&self) -> &'static str {
        "hasher_busy"
    }

    fn retry_after(&self) -> Option<Duration> {
        Some(Duration::from_secs(1))
    }
}

/// Answers requests until nobody can ask any more. Whoever stopped waiting is passed over; an answer
/// that can't be had (no memory) is dropped, which its caller sees as [`HasherBusy`].
fn work(mut argon: Argon, requests: &Mutex<Receiver<Request>>) {
    loop {
        // One thread waits inside the lock, the others for the lock: whoever is first is next.
        let next = requests.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(request) = next else { return };
        match request {
            Request::Hash { password, answer } if !answer.is_closed() => {
                if let Some(phc) = argon.hash(password.expose()) {
                    let _ = answer.send(phc);
                }
            }
            Request::Verify {
                password,
                phc,
                answer,
            } if !answer.is_closed() => {
                if let Some(verdict) = argon.verify(password.expose(), phc.as_deref()) {
                    let _ = answer.send(verdict);
                }
            }
            Request::VerifyForeign {
                password,
                hash,
                answer,
            } if !answer.is_closed() => {
                if let Some(verdict) = argon.verify_foreign(password.expose(), &hash) {
                    let _ = answer.send(verdict);
                }
            }
            Request::Hash { .. } | Request::Verify { .. } | Request::VerifyForeign { .. } => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    /// One thread that takes a while over each hash, and a queue of `queue`.
    fn slow(queue: usize, patience_ms: u64) -> PasswordHasher {
        PasswordHasher::start(&HasherConfig {
            permits: 1,
            queue,
            patience_ms,
            memory_kib: 32 * 1024,
            iterations: 8,
            parallelism: 1,
        })
        .unwrap()
    }

    #[tokio::test]
    async fn hashes_and_verifies() {
        let hasher = PasswordHasher::start(&HasherConfig::cheap()).unwrap();
        let phc = hasher.hash(secret("correct horse")).await.unwrap();
        assert!(phc.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{phc}");
        let verdict = hasher
            .verify(secret("correct horse"), Some(phc.clone()))
            .await
            .unwrap();
        assert!(verdict.matches && !verdict.needs_rehash);
        assert!(!hasher.verify(secret("wrong"), Some(phc)).await.unwrap().matches);
        assert!(
            !hasher
                .verify(secret("correct horse"), None)
                .await
                .unwrap()
                .matches
        );
    }

    #[tokio::test]
    async fn more_than_may_wait_are_turned_away_at_once() {
        let hasher = slow(2, 60_000);
        let many: Vec<_> = (0..20)
            .map(|_| {
                let hasher = hasher.clone();
                tokio::spawn(async move { hasher.hash(secret("correct horse")).await })
            })
            .collect();
        let (mut done, mut busy) = (0, 0);
        for one in many {
            match one.await.unwrap() {
                Ok(_) => done += 1,
                Err(HasherBusy) => busy += 1,
            }
        }
        // One is being hashed and two wait; the thread may have taken its first before the others came.
        assert!((2..=4).contains(&done), "{done} done, {busy} busy");
        assert_eq!(HasherBusy.code(), "hasher_busy");
        assert_eq!(HasherBusy.kind(), FailureKind::Unavailable);
    }

    #[tokio::test]
    async fn whoever_waited_too_long_is_told_so_and_passed_over() {
        let hasher = slow(64, 1);
        for _ in 0..10 {
            assert_eq!(hasher.hash(secret("correct horse")).await, Err(HasherBusy));
        }
        let patient = PasswordHasher {
            patience: Duration::from_mins(1),
            ..hasher
        };
        assert!(patient.hash(secret("correct horse")).await.is_ok());
    }

    #[test]
    fn refuses_costs_out_of_range() {
        let cheap = HasherConfig::cheap;
        for config in [
            HasherConfig {
                memory_kib: 7,
                ..cheap()
            },
            HasherConfig {
                iterations: 0,
                ..cheap()
            },
            HasherConfig {
                parallelism: 0,
                ..cheap()
            },
            HasherConfig {
                memory_kib: u32::MAX,
                ..cheap()
            },
        ] {
            assert!(matches!(PasswordHasher::start(&config), Err(HasherError::Cost)));
        }
        let none = HasherConfig {
            permits: 0,
            ..cheap()
        };
        assert!(matches!(
            PasswordHasher::start(&none),
            Err(HasherError::NoPermits)
        ));
    }

    #[test]
    fn defaults_are_the_recommended_ones() {
        let config = HasherConfig::default();
        assert_eq!(
            (config.memory_kib, config.iterations, config.parallelism),
            (19_456, 2, 1)
        );
        assert!((1..=4).contains(&config.permits));
    }
}
