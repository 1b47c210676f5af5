//! What is new, for those who listen: read for all of them together.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use db::{DbError, ReadTx};
use kernel::{OrganizationId, UserId};

use super::{Streams, store};
use crate::model::{Notification, UnreadCount};
use crate::stream::hub::{Plan, Seat};
use store::Span;

/// How many people are looked at in one round.
const ROUND: usize = 128;
/// Between two looks: what happens meanwhile is read together.
const BREATH: Duration = Duration::from_millis(10);
/// How long to wait when the database does not answer.
const PAUSE: Duration = Duration::from_secs(1);

/// Notifications of a span, with their places.
type News = Vec<(i64, Arc<Notification>)>;

impl Streams {
    /// Tells everybody what is new to them.
    pub(super) async fn look(&self) {
        loop {
            let seats = self.hub.take_changed(ROUND);
            if seats.is_empty() {
                return;
            }
            if let Err(error) = self.round(&seats).await {
                tracing::warn!(%error, "streams of notifications have to wait");
                for seat in &seats {
                    self.hub.look_at(seat.listener.user);
                }
                tokio::time::sleep(PAUSE).await;
                return;
            }
            tokio::time::sleep(BREATH).await;
        }
    }

    async fn round(&self, seats: &[Arc<Seat>]) -> Result<(), DbError> {
        let last = self.last_of(seats).await?;
        let (mut at_end, mut reading) = (Vec::new(), Vec::new());
        for seat in seats {
            let last = last.get(&seat.listener.user).copied().unwrap_or_default();
            match seat.plan(last) {
                Plan::Later => {}
                Plan::Count => at_end.push(seat),
                Plan::Read(after, until) => {
                    let user = seat.listener.user;
                    reading.push((seat, Span { user, after, until }, last));
                }
            }
        }
        let news = self.read(reading.iter().map(|(_, span, _)| *span)).await?;
        for (seat, span, last) in reading {
            let news = news.get(&span).map(Vec::as_slice).unwrap_or_default();
            if seat.take(news, span.until, last) {
                at_end.push(seat);
            } else if seat.is_starved() {
                self.hub.look_at(span.user);
            }
        }
        self.tell_unread(&at_end).await
    }

    async fn last_of(&self, seats: &[Arc<Seat>]) -> Result<HashMap<UserId, i64>, DbError> {
        let mut users: Vec<UserId> = seats.iter().map(|seat| seat.listener.user).collect();
        users.dedup();
        let work = async move |tx: &mut ReadTx| store::list_feeds(tx, &users).await;
        let feeds: Vec<store::Feed> = self.machinery.db.read(work).await?;
        Ok(feeds.into_iter().map(|feed| (feed.user, feed.last_seq)).collect())
    }

    async fn read(&self, spans: impl Iterator<Item = Span>) -> Result<HashMap<Span, News>, DbError> {
        let mut spans: Vec<Span> = spans.collect();
        spans.sort_unstable();
        spans.dedup();
        if spans.is_empty() {
            return Ok(HashMap::new());
        }
        let asked = spans.clone();
        let work = async move |tx: &mut ReadTx| store::list_spans(tx, &asked).await;
        let found: Vec<store::InSpan> = self.machinery.db.read(work).await?;
        let mut news: HashMap<Span, News> = HashMap::new();
        for one in found {
            let span = usize::try_from(one.span).ok().and_then(|place| spans.get(place));
            if let Some(span) = span {
                let own = news.entry(*span).or_default();
                own.push((one.seq, Arc::new(one.notification)));
            }
        }
        Ok(news)
    }

    async fn tell_unread(&self, seats: &[&Arc<Seat>]) -> Result<(), DbError> {
        let mut listening: BTreeMap<(UserId, Option<OrganizationId>), Vec<&Arc<Seat>>> = BTreeMap::new();
        for seat in seats {
            let counted = (seat.listener.user, seat.organization);
            listening.entry(counted).or_default().push(seat);
        }
        if listening.is_empty() {
            return Ok(());
        }
        let asked: Vec<_> = listening.keys().copied().collect();
        let work = async move |tx: &mut ReadTx| store::list_unread(tx, &asked).await;
        let counts: Vec<store::Unread> = self.machinery.db.read(work).await?;
        let counts: HashMap<i64, u32> = counts.iter().map(|one| (one.place, one.counted)).collect();
        for (place, seats) in (0..).zip(listening.into_values()) {
            let counted = counts.get(&place).copied().unwrap_or_default();
            for seat in seats {
                seat.take_unread(UnreadCount::of(counted));
            }
        }
        Ok(())
    }
}
