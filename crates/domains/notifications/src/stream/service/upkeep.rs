//! Once a second: what other nodes have written, who may no longer listen, who does not read, and a sign of life.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{DbError, Engine, ReadTx};
use kernel::SessionId;
use tokio::time::{Interval, MissedTickBehavior};

use super::{Streams, store};
use crate::error::NotificationError;
use crate::stream::hub::Seat;
use store::ChangedFeed;

const TICK: Duration = Duration::from_secs(1);
/// A sign of life is sent, and the right to listen looked at, every so many ticks; each tick a part of the seats.
const BEAT: u64 = 16;
const CHECK: u64 = 8;
/// Sessions in one statement.
const SESSIONS: usize = 500;
/// Who takes nothing for so long is not worth waiting for.
const PATIENCE: Duration = Duration::from_secs(15);
/// Feeds carry the time of the statement and are seen after the commit, which comes later: by this much mostly,
const OVERLAP: Duration = Duration::from_secs(2);
/// and by this much at the most (the data door ends statements after 30 seconds and idle transactions after 10).
const LONG_OVERLAP: Duration = Duration::from_mins(1);
/// How often it is looked back so far.
const LONG_EVERY: Duration = Duration::from_secs(10);
/// Feeds in one statement.
const FEEDS: u32 = 2000;

pub(super) struct Upkeep {
    streams: Streams,
    ticks: Interval,
    tick: u64,
    looked: Instant,
    looked_long: Instant,
}

impl Upkeep {
    pub(super) fn new(streams: Streams) -> Self {
        let now = Instant::now();
        let mut ticks = tokio::time::interval_at(tokio::time::Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        Self {
            streams,
            ticks,
            tick: 0,
            looked: now,
            looked_long: now,
        }
    }

    /// Waits for the next tick.
    pub(super) async fn next(&mut self) {
        self.ticks.tick().await;
    }

    pub(super) async fn tick(&mut self) {
        self.tick = self.tick.wrapping_add(1);
        // On SQLite there is no other node.
        if self.streams.machinery.db.engine() == Engine::Postgres
            && let Err(error) = self.hear_of_others().await
        {
            tracing::warn!(%error, "what other nodes have written can't be seen");
        }
        let seats = self.streams.hub.part(self.tick, CHECK);
        for seat in &seats {
            if seat.is_stuck(PATIENCE) {
                metrics::counter!("mainstay_notification_streams_dropped_total").increment(1);
                self.streams.hub.end(seat);
            } else if seat.number % BEAT == self.tick % BEAT {
                seat.beat();
            }
        }
        if let Err(error) = self.check(&seats).await {
            tracing::warn!(%error, "the sessions of streams can't be looked at");
        }
    }

    /// Ends the streams of those who may no longer listen.
    async fn check(&self, seats: &[Arc<Seat>]) -> Result<(), NotificationError> {
        let mut sessions: Vec<SessionId> = seats.iter().map(|seat| seat.listener.session).collect();
        sessions.sort_unstable();
        sessions.dedup();
        let mut holding = HashMap::with_capacity(sessions.len());
        for some in sessions.chunks(SESSIONS) {
            let held = self.streams.sessions.holding(some.to_vec()).await?;
            holding.extend(held.into_iter().map(|one| (one.session, one)));
        }
        let now = self.streams.machinery.clock.now();
        for seat in seats {
            let held = holding.get(&seat.listener.session);
            let is_let_in = held.is_some_and(|held| seat.listener.is_let_in_by(held));
            if !is_let_in || !seat.listener.holds_at(now) {
                self.streams.hub.end(seat);
            }
        }
        Ok(())
    }

    async fn hear_of_others(&mut self) -> Result<(), DbError> {
        let now = Instant::now();
        let is_long = now.duration_since(self.looked_long) >= LONG_EVERY;
        let within = if is_long {
            now.duration_since(self.looked_long) + LONG_OVERLAP
        } else {
            now.duration_since(self.looked) + OVERLAP
        };
        let mut after: Option<ChangedFeed> = None;
        loop {
            let last = after.take();
            let work =
                async move |tx: &mut ReadTx| store::list_changed(tx, within, last.as_ref(), FEEDS).await;
            let feeds: Vec<ChangedFeed> = self.streams.machinery.db.read(work).await?;
            let changes: Vec<_> = feeds.iter().map(|feed| (feed.user, feed.at)).collect();
            self.streams.hub.look_again_at(&changes);
            if changes.len() < usize::try_from(FEEDS).unwrap_or(usize::MAX) {
                break;
            }
            after = feeds.into_iter().next_back();
        }
        self.looked = now;
        if is_long {
            self.looked_long = now;
        }
        Ok(())
    }
}
