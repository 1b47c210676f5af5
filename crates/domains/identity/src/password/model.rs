//! What people hand in at the door, and how long they wait after a wrong password.

use std::fmt::Write as _;
use std::time::Duration;

use kernel::{EmailAddress, Locale, Secret, SessionId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::admission::model::Solution;
use crate::entrance::model::{Entered, Entry};
use crate::session::model::OpenedSession;
use crate::user::model::PersonName;

/// What an account is asked for with.
#[derive(Debug, Clone)]
pub struct SignUp {
    /// The address it is to have.
    pub email: EmailAddress,
    /// Its password.
    pub password: Secret<String>,
    /// What the person is called.
    pub name: Option<PersonName>,
    /// The language they read.
    pub locale: Locale,
    /// The token of an invite that brought them here.
    pub invite_token: Option<Secret<String>>,
    /// What shows that their browser has worked for it, where that is asked for.
    pub solution: Option<Solution>,
}

/// What comes of asking for an account. Whether there was one already can't be told from
/// [`SignedUp::CheckEmail`]; `S` is what its owner holds otherwise.
#[derive(Debug)]
pub enum SignedUp<S> {
    /// The rest happens in the mailbox.
    CheckEmail,
    /// There is an account, and its owner is in.
    In(S),
}

/// What stays of a sign-up for when it is repeated.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Registered {
    CheckEmail,
    In { session: SessionId },
}

/// What a person signs in with.
#[derive(Debug, Clone)]
pub struct SignIn {
    /// The address of the account.
    pub email: EmailAddress,
    /// Its password.
    pub password: Secret<String>,
    /// The cookie of a browser that has signed in before.
    pub device: Option<Secret<String>>,
}

/// A person whose password was right; `S` is what the owner of a session holds.
#[derive(Debug)]
pub struct SignedIn<S = OpenedSession> {
    /// Whether they are in.
    pub entered: Entered<S>,
    /// The cookie that makes the browser known next time; for those who are in.
    pub device: Option<Secret<String>>,
}

/// What stays of a sign-in for when it is repeated. It is kept sealed.
#[derive(Serialize, Deserialize)]
pub(crate) struct LetIn {
    pub(crate) entry: Entry,
    pub(crate) device: Option<String>,
}

/// What shows that a mailbox is somebody's.
#[derive(Debug, Clone)]
pub enum Confirmation {
    /// The token of the link in the mail.
    Token(Secret<String>),
    /// The code in the mail, beside the address.
    Code {
        /// The address.
        email: EmailAddress,
        /// The code.
        code: Secret<String>,
    },
}

/// Whose wrong passwords are counted together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Bucket {
    /// Those from anywhere.
    Account,
    /// Those from a browser that has signed in before: strangers can't lock its owner out.
    Device([u8; 32]),
    /// Not a streak: a network from which many accounts were tried.
    Network,
}

/// Wrong passwords in a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Streak {
    /// How many.
    pub(crate) consecutive: u32,
    /// When the next is tried.
    pub(crate) next_allowed_at: Timestamp,
}

/// After how many wrong passwords what happens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    widened: u32,
}

/// Why a password is not tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Held {
    /// For so long.
    For(Duration),
    /// Until a new one is set by mail.
    UntilReset,
}

impl Patience {
    const FREE: u32 = 5;
    const STOP: u32 = 100;
    const LONGEST: Duration = Duration::from_mins(1);

    /// `widened` times as much patience as in production.
    pub(crate) fn new(widened: u32) -> Self {
        Self {
            widened: widened.max(1),
        }
    }

    /// How long the next try has to wait after so many wrong ones: 1, 2, 4 … 60 seconds.
    pub(crate) fn wait(self, consecutive: u32) -> Duration {
        let free = Self::FREE.saturating_mul(self.widened);
        match consecutive.checked_sub(free) {
            None => Duration::ZERO,
            Some(beyond) => Duration::from_secs(1 << beyond.min(6)).min(Self::LONGEST),
        }
    }

    /// Whether the next password is tried at `now`.
    pub(crate) fn check(self, streak: Option<Streak>, now: Timestamp) -> Result<(), Held> {
        let Some(streak) = streak else {
            return Ok(());
        };
        if streak.consecutive >= Self::STOP.saturating_mul(self.widened) {
            return Err(Held::UntilReset);
        }
        if streak.next_allowed_at > now {
            return Err(Held::For(streak.next_allowed_at.since(now)));
        }
        Ok(())
    }
}

impl Bucket {
    /// As the database spells it.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Account => String::from("account"),
            Self::Device(hash) => hexadecimal(hash),
            Self::Network => String::from("network"),
        }
    }
}

/// A hash as text.
pub(crate) fn hexadecimal(hash: &[u8; 32]) -> String {
    hash.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_minute_after_five_wrong_passwords() {
        let patience = Patience::new(1);
        let waits: Vec<u64> = (1..=13).map(|count| patience.wait(count).as_secs()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!(patience.wait(u32::MAX), Duration::from_mins(1));
        assert_eq!(Patience::new(100).wait(499), Duration::ZERO);
        assert_eq!(Patience::new(100).wait(500), Duration::from_secs(1));
    }

    #[test]
    fn a_hundred_wrong_passwords_are_enough() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let streak = |consecutive, next_allowed_at| {
            Some(Streak {
                consecutive,
                next_allowed_at,
            })
        };
        let patience = Patience::new(1);
        assert_eq!(patience.check(None, now), Ok(()));
        assert_eq!(patience.check(streak(99, now), now), Ok(()));
        assert_eq!(patience.check(streak(100, now), now), Err(Held::UntilReset));
        let later = now.plus(Duration::from_secs(3));
        assert_eq!(
            patience.check(streak(7, later), now),
            Err(Held::For(Duration::from_secs(3)))
        );
    }
}
