//! When which key signs, and when the next is due.

use std::time::Duration;

use crypto::{PublicKey, SigningKey};
use kernel::Timestamp;

/// A key with its time.
#[derive(Debug, Clone)]
pub struct TimedKey {
    /// The key.
    pub key: SigningKey,
    /// When it begins to sign.
    pub active_from: Timestamp,
}

/// The keys that are public, the oldest first.
#[derive(Debug, Clone, Default)]
pub struct KeyRing {
    keys: Vec<TimedKey>,
}

/// For how long keys sign and stay public.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    /// How long a key signs.
    pub(crate) active: Duration,
    /// How long it is public before that, and after the last token that it signed is over.
    pub(crate) notice: Duration,
    /// How long a token holds.
    pub(crate) token: Duration,
}

/// What has to be done so that the terms are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Due {
    /// When a key that has to be made now begins to sign.
    pub(crate) next_from: Option<Timestamp>,
    /// Keys that nobody needs any more.
    pub(crate) retired: Vec<String>,
}

impl KeyRing {
    /// A ring of `keys`.
    pub fn new(mut keys: Vec<TimedKey>) -> Self {
        keys.sort_by_key(|key| key.active_from);
        Self { keys }
    }

    /// The key that signs at `now`.
    pub fn signing(&self, now: Timestamp) -> Option<&SigningKey> {
        let active = self.keys.iter().rev().find(|key| key.active_from <= now);
        active.map(|key| &key.key)
    }

    /// The key of this name.
    pub fn public(&self, kid: &str) -> Option<PublicKey> {
        let named = self.keys.iter().find(|key| key.key.kid() == kid);
        named.map(|key| key.key.public())
    }

    /// Those that others may check tokens with.
    pub fn published(&self) -> Vec<PublicKey> {
        self.keys.iter().map(|key| key.key.public()).collect()
    }

    /// What is due at `now`. Moments are computed from those of the keys, not from `now`, so that two
    /// nodes that look at the same time want the same key.
    pub(crate) fn due(&self, now: Timestamp, terms: Terms) -> Due {
        let Some(newest) = self.keys.last() else {
            return Due {
                next_from: Some(start_of_day(now)),
                retired: Vec::new(),
            };
        };
        let ends_at = newest.active_from.plus(terms.active);
        let announced_at = ends_at.minus(terms.notice.saturating_mul(2));
        let next_from = (now >= announced_at).then(|| {
            let earliest = start_of_day(now.plus(terms.notice)).plus(Duration::from_hours(24));
            if now.plus(terms.notice) <= ends_at {
                ends_at
            } else {
                earliest
            }
        });
        let successors = self.keys.iter().skip(1);
        let over = self
            .keys
            .iter()
            .zip(successors)
            .filter(|(_, successor)| now >= successor.active_from.plus(terms.token).plus(terms.notice));
        Due {
            next_from,
            retired: over.map(|(key, _)| key.key.kid().to_owned()).collect(),
        }
    }
}

fn start_of_day(now: Timestamp) -> Timestamp {
    let seconds = now.unix_seconds();
    Timestamp::from_unix_seconds(seconds - seconds.rem_euclid(24 * 60 * 60)).unwrap_or(now)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const TERMS: Terms = Terms {
        active: Duration::from_hours(30 * 24),
        notice: Duration::from_hours(24),
        token: Duration::from_mins(10),
    };

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn ring(starts: &[Timestamp]) -> KeyRing {
        let key = |active_from: &Timestamp| TimedKey {
            key: SigningKey::generate(),
            active_from: *active_from,
        };
        KeyRing::new(starts.iter().map(key).collect())
    }

    #[test]
    fn the_first_key_signs_at_once() {
        let now = at("2026-03-05T17:30:00Z");
        let due = ring(&[]).due(now, TERMS);
        assert_eq!(due.next_from, Some(at("2026-03-05T00:00:00Z")));
        assert!(ring(&[due.next_from.unwrap()]).signing(now).is_some());
    }

    #[test]
    fn the_next_key_is_public_a_day_before_it_signs() {
        let start = at("2026-03-01T00:00:00Z");
        let end = at("2026-03-31T00:00:00Z");
        let ring = ring(&[start]);
        assert_eq!(ring.due(end.minus(HOUR * 49), TERMS).next_from, None);
        assert_eq!(ring.due(end.minus(HOUR * 48), TERMS).next_from, Some(end));
        assert_eq!(ring.due(end.minus(HOUR * 24), TERMS).next_from, Some(end));
        // The product slept over it: the old key goes on, since nobody has seen another.
        let woke = end.plus(HOUR * 100);
        let next = ring.due(woke, TERMS).next_from.unwrap();
        assert!(next.since(woke) >= TERMS.notice, "{next}");
        assert!(ring.signing(woke).is_some());
    }

    #[test]
    fn a_key_is_retired_a_day_after_its_last_token() {
        let [first, second] = [at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z")];
        let ring = ring(&[second, first]);
        let last_token_over = second.plus(TERMS.token);
        let before = last_token_over.plus(HOUR * 24).minus(Duration::from_secs(1));
        assert!(ring.due(before, TERMS).retired.is_empty());
        let old = ring.signing(first).unwrap().kid().to_owned();
        assert_eq!(
            ring.due(last_token_over.plus(HOUR * 24), TERMS).retired,
            std::slice::from_ref(&old)
        );
        assert_ne!(ring.signing(second).unwrap().kid(), old);
        assert_eq!(ring.signing(second.minus(HOUR)).unwrap().kid(), old);
    }

    #[test]
    fn nothing_is_due_twice() {
        let [first, second] = [at("2026-03-01T00:00:00Z"), at("2026-03-31T00:00:00Z")];
        let due = ring(&[first, second]).due(second.minus(HOUR), TERMS);
        assert_eq!((due.next_from, due.retired.len()), (None, 0));
    }
}
