//! How fast mail goes to one domain.
//!
//! Receivers turn away who sends too much at once, and a slow one must not hold the connections that mail to
//! others needs. What is over the pace waits in the queue, and its attempt does not count. This is in the memory of one
//! process: each node keeps its own pace, and forgets it with a restart.

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use db::DbError;
use jobs::JobError;

/// Domains that are kept apart; those beyond share one pace.
const MOST_DOMAINS: usize = 4096;

/// Each turn-away halves the pace, down to 1/64.
const SLOWEST: u32 = 6;

/// Several turn-aways within this are one: what was under way together hears the same.
const ONE_SCOLDING: Duration = Duration::from_secs(2);

/// After this without a turn-away the pace doubles again.
const RECOVERY: Duration = Duration::from_mins(1);

/// A little patience saves much asking.
const SHORTEST_WAIT: Duration = Duration::from_millis(200);

/// However many wait, none is told to come back later than this.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// How fast mail may go to one domain from this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PaceConfig {
    /// Mails a second; as many may go at once after a quiet second.
    pub per_second: NonZeroU32,
    /// Mails that are being handed over at the same time.
    pub at_once: NonZeroU32,
}

impl Default for PaceConfig {
    /// 20 a second, 4 at once: fewer than the connections to a mail server and than the jobs at once, so that other
    /// domains always have some.
    fn default() -> Self {
        const RATE: NonZeroU32 = NonZeroU32::MIN.saturating_add(19);
        const AT_ONCE: NonZeroU32 = NonZeroU32::MIN.saturating_add(3);
        Self {
            per_second: RATE,
            at_once: AT_ONCE,
        }
    }
}

/// Whether somebody waits for a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Urgency {
    /// Somebody does: half of the pace is for these alone.
    Awaited,
    /// One of many.
    Bulk,
}

/// The pace of each domain.
pub(crate) struct Pace {
    config: PaceConfig,
    started: Instant,
    lanes: Mutex<HashMap<String, Lane>>,
}

/// One domain. Times are since the pace began.
#[derive(Debug, Default, Clone, Copy)]
struct Lane {
    under_way: u32,
    /// When the next mail would go if all went evenly (GCRA).
    even: Duration,
    /// When the last of those that wait was told to come back.
    tail: Duration,
    slowness: u32,
    slowed_at: Duration,
}

/// A mail that may go now; it is under way until this is dropped.
pub(crate) struct Permit {
    pace: Arc<Pace>,
    domain: String,
}

impl Pace {
    pub(crate) fn new(config: PaceConfig) -> Self {
        Self {
            config,
            started: Instant::now(),
            lanes: Mutex::default(),
        }
    }

    /// Whether a mail to `domain` may go, or how long it had better wait.
    pub(crate) fn ask(
        self: &Arc<Self>,
        domain: &str,
        urgency: Urgency,
        now: Instant,
    ) -> Result<Permit, Duration> {
        let now = now.saturating_duration_since(self.started);
        let domain = self.with_lane(domain, now, |domain, lane| {
            lane.recover(now);
            lane.admit(self.config, urgency, now).map(|()| domain.to_owned())
        })?;
        Ok(Permit {
            pace: Arc::clone(self),
            domain,
        })
    }

    fn with_lane<T>(&self, domain: &str, now: Duration, act: impl FnOnce(&str, &mut Lane) -> T) -> T {
        let mut lanes = self.lanes.lock().unwrap_or_else(PoisonError::into_inner);
        if lanes.len() >= MOST_DOMAINS && !lanes.contains_key(domain) {
            lanes.retain(|_, lane| !lane.is_forgettable(now));
        }
        let is_full = lanes.len() >= MOST_DOMAINS && !lanes.contains_key(domain);
        // No domain is called this.
        let domain = if is_full { "" } else { domain };
        act(domain, lanes.entry(domain.to_owned()).or_default())
    }
}

impl Lane {
    fn admit(&mut self, config: PaceConfig, urgency: Urgency, now: Duration) -> Result<(), Duration> {
        let interval = self.interval(config);
        // All of a second's mails may go at once, of a second that was slowed down as many as it has.
        let burst = Duration::from_secs(1).saturating_sub(interval);
        let at_once = (config.at_once.get() >> self.slowness).max(1);
        let (burst, at_once) = match urgency {
            Urgency::Awaited => (burst, at_once),
            Urgency::Bulk => (burst / 2, (at_once - 1).max(1)),
        };
        let has_room = self.under_way < at_once;
        if has_room && self.even <= now + burst {
            self.under_way += 1;
            self.even = self.even.max(now) + interval;
            return Ok(());
        }
        Err(match urgency {
            Urgency::Awaited => self
                .even
                .saturating_sub(now + burst)
                .clamp(SHORTEST_WAIT, LONGEST_WAIT),
            // One behind the other, so that they don't all come back together to be sent away again.
            Urgency::Bulk => {
                let latest = now + LONGEST_WAIT;
                self.tail = (self.tail.max(self.even).max(now) + interval).min(latest);
                self.tail.saturating_sub(now).max(SHORTEST_WAIT)
            }
        })
    }

    fn interval(&self, config: PaceConfig) -> Duration {
        Duration::from_secs(1) / config.per_second.get() * (1 << self.slowness)
    }

    fn slow_down(&mut self, now: Duration) {
        let is_first = self.slowness == 0 || now.saturating_sub(self.slowed_at) >= ONE_SCOLDING;
        if is_first {
            self.slowness = (self.slowness + 1).min(SLOWEST);
            self.slowed_at = now;
        }
    }

    fn recover(&mut self, now: Duration) {
        while self.slowness > 0 && now >= self.slowed_at + RECOVERY {
            self.slowness -= 1;
            self.slowed_at += RECOVERY;
        }
    }

    fn is_forgettable(&mut self, now: Duration) -> bool {
        self.recover(now);
        self.under_way == 0 && self.slowness == 0 && self.even <= now && self.tail <= now
    }
}

impl Permit {
    /// The domain turned the mail away because it gets too many.
    pub(crate) fn turned_away(&self, now: Instant) {
        let now = now.saturating_duration_since(self.pace.started);
        self.pace
            .with_lane(&self.domain, now, |_, lane| lane.slow_down(now));
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let now = Duration::ZERO;
        self.pace.with_lane(&self.domain, now, |_, lane| {
            lane.under_way = lane.under_way.saturating_sub(1);
        });
    }
}

/// Why nothing began.
pub(crate) enum NotBegun {
    /// Mail to this domain goes too fast; the attempt is taken back.
    Wait(Duration),
    Db(DbError),
}

impl From<DbError> for NotBegun {
    fn from(error: DbError) -> Self {
        Self::Db(error)
    }
}

impl From<NotBegun> for JobError {
    fn from(error: NotBegun) -> Self {
        match error {
            NotBegun::Db(error) => error.into(),
            NotBegun::Wait(after) => Self::Postpone {
                reason: "mail to this domain goes as fast as it may".to_owned(),
                after,
            },
        }
    }
}

/// Whether a reply is about how much is sent, and not about one mailbox: 421, 450 and 451 (RFC 5321 §4.2.3), but for
/// statuses of addresses and mailboxes (RFC 3463 §3.2, §3.3).
pub(crate) fn is_about_pace(reply: &str) -> bool {
    let mut words = reply.split_whitespace();
    let is_for_now = matches!(words.next(), Some("421" | "450" | "451"));
    let status = words.next().unwrap_or_default();
    is_for_now && !status.starts_with("4.1.") && !status.starts_with("4.2.")
}

#[cfg(test)]
mod tests;
