//! One stream: where it stands, and the few events that wait to be sent.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use kernel::OrganizationId;

use crate::model::{Notification, UnreadCount};
use crate::stream::model::{Begin, Listener, StreamEvent};

/// The most notifications that wait in a seat.
const MOST_WAITING: i64 = 8;
/// One who has missed more than so many is told to load the list.
const MOST_MISSED: i64 = 500;

/// One stream.
pub(crate) struct Seat {
    pub(crate) number: u64,
    pub(crate) listener: Listener,
    pub(crate) organization: Option<OrganizationId>,
    state: Mutex<State>,
}

struct State {
    /// Up to where the listener has been told everything; `None` until the pump knows where the feed stands.
    stands_at: Option<i64>,
    waiting: VecDeque<StreamEvent>,
    /// Since when the first of those that wait has been the first.
    waits_since: Option<Instant>,
    unread: Option<UnreadCount>,
    waker: Option<Waker>,
    /// There is more than had room.
    is_behind: bool,
    is_over: bool,
}

/// What is to be read for a seat.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Plan {
    /// Nothing, while something still waits there.
    Later,
    /// What came after the first place, up to the second, which is not always the last of the feed.
    Read(i64, i64),
    /// Only what is unread: the seat stands at the end.
    Count,
}

/// What a poll found.
pub(super) struct Polled {
    pub(super) event: Poll<Option<StreamEvent>>,
    /// Whether the pump should look again.
    pub(super) wants_more: bool,
}

impl Seat {
    pub(super) fn new(number: u64, listener: Listener, begin: Begin) -> Self {
        Self {
            number,
            listener,
            organization: begin.organization,
            state: Mutex::new(State {
                stands_at: begin.after,
                waiting: VecDeque::new(),
                waits_since: None,
                unread: None,
                waker: None,
                is_behind: false,
                is_over: false,
            }),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What is to be read when the feed stands at `last`. Only the pump calls this, and it is alone.
    pub(crate) fn plan(&self, last: i64) -> Plan {
        let mut state = self.state();
        if !state.waiting.is_empty() {
            state.is_behind = true;
            return Plan::Later;
        }
        let stands_at = *state.stands_at.get_or_insert(last);
        let missed = last.saturating_sub(stands_at);
        if missed == 0 {
            return Plan::Count;
        }
        // A place that the feed has not come to is from another database, or from before it was restored.
        if (1..=MOST_MISSED).contains(&missed) {
            return Plan::Read(stands_at, last.min(stands_at.saturating_add(MOST_WAITING)));
        }
        state.stands_at = Some(last);
        state.tell(StreamEvent::Reset(last));
        Plan::Count
    }

    /// Takes what was read up to `until`, and says whether the seat stands at the end with it.
    pub(crate) fn take(&self, news: &[(i64, Arc<Notification>)], until: i64, last: i64) -> bool {
        let mut state = self.state();
        let own = news.iter().filter(|(_, notification)| {
            self.organization.is_none() || self.organization == notification.organization
        });
        for (seq, notification) in own {
            state.tell(StreamEvent::Notification(*seq, Arc::clone(notification)));
        }
        state.stands_at = Some(until);
        state.is_behind = until < last;
        until >= last
    }

    /// Whether the pump has to come back by itself: there is more, and nothing waits whose sending would ask.
    pub(crate) fn is_starved(&self) -> bool {
        let state = self.state();
        state.is_behind && state.waiting.is_empty() && !state.is_over
    }

    /// Takes how many are unread; the same as before is not told again.
    pub(crate) fn take_unread(&self, unread: UnreadCount) {
        let mut state = self.state();
        if state.unread != Some(unread) {
            state.unread = Some(unread);
            let stands_at = state.stands_at.unwrap_or_default();
            state.tell(StreamEvent::Unread(stands_at, unread));
        }
    }

    /// Something to send for a connection on which nothing else moves.
    pub(crate) fn beat(&self) {
        let mut state = self.state();
        if state.waiting.is_empty() && !state.is_over {
            state.tell(StreamEvent::Beat);
        }
    }

    /// Whether nothing was taken for longer than `patience` though something waited.
    pub(crate) fn is_stuck(&self, patience: Duration) -> bool {
        self.state()
            .waits_since
            .is_some_and(|since| since.elapsed() > patience)
    }

    pub(super) fn end(&self) {
        let mut state = self.state();
        state.is_over = true;
        state.waiting = VecDeque::new();
        let waker = state.waker.take();
        drop(state);
        waker.into_iter().for_each(Waker::wake);
    }

    pub(super) fn poll(&self, context: &mut Context<'_>) -> Polled {
        let mut state = self.state();
        let event = state.waiting.pop_front();
        let is_empty = state.waiting.is_empty();
        state.waits_since = (!is_empty).then(Instant::now);
        if is_empty {
            state.waiting = VecDeque::new();
        }
        let event = match event {
            Some(event) => Poll::Ready(Some(event)),
            None if state.is_over => Poll::Ready(None),
            None => {
                let is_same = state
                    .waker
                    .as_ref()
                    .is_some_and(|waker| waker.will_wake(context.waker()));
                if !is_same {
                    state.waker = Some(context.waker().clone());
                }
                Poll::Pending
            }
        };
        let wants_more = is_empty && std::mem::take(&mut state.is_behind);
        Polled { event, wants_more }
    }
}

impl State {
    fn tell(&mut self, event: StreamEvent) {
        if self.is_over {
            return;
        }
        self.waiting.push_back(event);
        self.waits_since.get_or_insert_with(Instant::now);
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}
