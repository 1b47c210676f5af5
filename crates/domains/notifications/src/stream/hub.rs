//! The seats of this node, and whose feeds are to be looked at.

mod seat;

use std::collections::{HashMap, HashSet};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use futures_util::Stream;
use kernel::{Timestamp, UserId};
use tokio::sync::Notify;

pub(crate) use self::seat::{Plan, Seat};
use super::model::{Begin, Listener, StreamConfig, StreamEvent};
use crate::error::NotificationError;

/// Who listens on this node. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Hub(Arc<Inner>);

struct Inner {
    people: Mutex<People>,
    work: Notify,
}

#[derive(Default)]
struct People {
    /// Only those who listen.
    by_user: HashMap<UserId, Person>,
    /// Whose feeds are to be looked at; all of them listen.
    changed: HashSet<UserId>,
    seats: usize,
    /// Counts seats, so that they can be gone through a part at a time.
    taken: u64,
    is_closed: bool,
}

#[derive(Default)]
struct Person {
    seats: Vec<Arc<Seat>>,
    /// When their feed changed last, as the database told.
    changed_at: Option<Timestamp>,
}

/// A stream: what its listener is told. The seat is free again when this is dropped.
pub(crate) struct Subscription {
    seat: Arc<Seat>,
    hub: Hub,
}

impl Hub {
    pub(crate) fn new() -> Self {
        Self(Arc::new(Inner {
            people: Mutex::default(),
            work: Notify::new(),
        }))
    }

    fn people(&self) -> MutexGuard<'_, People> {
        self.0.people.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A seat, when there is one left.
    pub(super) fn take_seat(
        &self,
        listener: Listener,
        begin: Begin,
        config: StreamConfig,
    ) -> Result<Subscription, NotificationError> {
        let mut people = self.people();
        if people.is_closed || people.seats >= config.most {
            return Err(NotificationError::NoStreamLeft);
        }
        let (user, number) = (listener.user, people.taken);
        let person = people.by_user.entry(user).or_default();
        if person.seats.len() >= config.most_of_person {
            return Err(NotificationError::TooManyStreams);
        }
        let seat = Arc::new(Seat::new(number, listener, begin));
        person.seats.push(Arc::clone(&seat));
        people.seats += 1;
        people.taken = number.wrapping_add(1);
        people.changed.insert(user);
        drop(people);
        metrics::gauge!("mainstay_notification_streams").increment(1.0);
        self.0.work.notify_one();
        let hub = self.clone();
        Ok(Subscription { seat, hub })
    }

    /// To be called when something has changed in this person's feed.
    pub(crate) fn look_at(&self, user: UserId) {
        let mut people = self.people();
        let is_new = people.by_user.contains_key(&user) && people.changed.insert(user);
        drop(people);
        if is_new {
            self.0.work.notify_one();
        }
    }

    /// The same as another node says, unless we have looked since.
    pub(super) fn look_again_at(&self, changes: &[(UserId, Timestamp)]) {
        let mut people = self.people();
        for (user, at) in changes {
            let Some(person) = people.by_user.get_mut(user) else {
                continue;
            };
            if person.changed_at.is_none_or(|before| before < *at) {
                person.changed_at = Some(*at);
                people.changed.insert(*user);
            }
        }
        let is_work = !people.changed.is_empty();
        drop(people);
        if is_work {
            self.0.work.notify_one();
        }
    }

    /// Waits until there is a feed to be looked at.
    pub(super) async fn changed(&self) {
        self.0.work.notified().await;
    }

    /// The seats of some whose feeds have changed; nobody's when there are none.
    pub(super) fn take_changed(&self, most: usize) -> Vec<Arc<Seat>> {
        let mut people = self.people();
        let users: Vec<UserId> = people.changed.iter().copied().take(most).collect();
        let mut seats = Vec::with_capacity(users.len());
        for user in users {
            people.changed.remove(&user);
            let person = people.by_user.get(&user);
            seats.extend(person.iter().flat_map(|person| &person.seats).cloned());
        }
        seats
    }

    /// The seats whose number is `part` modulo `parts`.
    pub(super) fn part(&self, part: u64, parts: u64) -> Vec<Arc<Seat>> {
        let people = self.people();
        let seats = people.by_user.values().flat_map(|person| &person.seats);
        seats
            .filter(|seat| seat.number % parts == part % parts)
            .cloned()
            .collect()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.people().seats == 0
    }

    /// Ends a stream.
    pub(super) fn end(&self, seat: &Arc<Seat>) {
        self.leave(seat);
        seat.end();
    }

    /// Ends all streams, for good.
    pub(super) fn close(&self) {
        let mut people = self.people();
        people.is_closed = true;
        let all = std::mem::take(&mut people.by_user);
        people.changed.clear();
        people.seats = 0;
        drop(people);
        let mut ended = 0;
        for seat in all.into_values().flat_map(|person| person.seats) {
            seat.end();
            ended += 1;
        }
        metrics::gauge!("mainstay_notification_streams").decrement(f64::from(ended));
    }

    fn leave(&self, seat: &Arc<Seat>) {
        let mut people = self.people();
        let user = seat.listener.user;
        let Some(person) = people.by_user.get_mut(&user) else {
            return;
        };
        let Some(place) = person.seats.iter().position(|other| Arc::ptr_eq(other, seat)) else {
            return;
        };
        person.seats.swap_remove(place);
        if person.seats.is_empty() {
            people.by_user.remove(&user);
            people.changed.remove(&user);
        }
        people.seats -= 1;
        people.give_memory_back();
        drop(people);
        metrics::gauge!("mainstay_notification_streams").decrement(1.0);
    }
}

impl People {
    /// After many have left at once.
    fn give_memory_back(&mut self) {
        if self.by_user.capacity() > 64 && self.by_user.len() * 4 < self.by_user.capacity() {
            self.by_user.shrink_to_fit();
            self.changed.shrink_to_fit();
        }
    }
}

impl Stream for Subscription {
    type Item = StreamEvent;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<StreamEvent>> {
        let polled = self.seat.poll(context);
        if polled.wants_more {
            self.hub.look_at(self.seat.listener.user);
        }
        polled.event
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        self.hub.leave(&self.seat);
    }
}
