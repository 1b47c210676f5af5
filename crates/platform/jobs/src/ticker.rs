//! The clock behind schedules. Every node looks; the table of ticks lets one of them enqueue.

use std::collections::HashMap;
use std::time::Duration;

use db::{Db, DbError, ReadTx, Tx};
use kernel::Timestamp;

use crate::queue::Queue;
use crate::schedule::Schedule;
use crate::store;

/// The longest sleep: clocks are set, machines are suspended.
const LONGEST: Duration = Duration::from_mins(1);
/// The shortest: whoever wakes a little early must not spin.
const SHORTEST: Duration = Duration::from_millis(20);
/// How long ticks are remembered: longer than any node may take from looking to enqueuing.
const REMEMBERED: Duration = Duration::from_hours(1);

/// Enqueues what is due until dropped.
pub(crate) struct Ticker {
    db: Db,
    queue: Queue,
    schedules: Vec<Schedule>,
    /// The ticks that are known to be taken care of.
    settled: HashMap<&'static str, Timestamp>,
}

impl Ticker {
    pub(crate) fn new(db: Db, queue: Queue, schedules: Vec<Schedule>) -> Self {
        Self {
            db,
            queue,
            schedules,
            settled: HashMap::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        while !self.schedules.is_empty() {
            let sleep = match self.look().await {
                Ok(sleep) => sleep,
                Err(error) => {
                    tracing::warn!(%error, "schedules can't be looked at");
                    Duration::from_secs(1)
                }
            };
            tokio::time::sleep(sleep).await;
        }
    }

    /// Enqueues what is due; gives the time to the next tick.
    pub(crate) async fn look(&mut self) -> Result<Duration, DbError> {
        let now = self
            .db
            .read(async |tx: &mut ReadTx| store::get_now(tx).await)
            .await?;
        let due: Vec<_> = self
            .schedules
            .iter()
            .filter_map(|schedule| Some((schedule.clone(), schedule.latest(now)?)))
            .filter(|(schedule, tick)| self.settled.get(schedule.name).is_none_or(|last| last < tick))
            .collect();
        for (schedule, tick) in due {
            let name = schedule.name;
            enqueue_once(&self.db, &self.queue, schedule, tick).await?;
            self.settled.insert(name, tick);
        }
        let next = self
            .schedules
            .iter()
            .filter_map(|schedule| schedule.next(now))
            .min();
        let wait = next.map_or(LONGEST, |next| next.since(now));
        Ok(wait.clamp(SHORTEST, LONGEST))
    }
}

async fn enqueue_once(db: &Db, queue: &Queue, schedule: Schedule, tick: Timestamp) -> Result<(), DbError> {
    let queue = queue.clone();
    db.write(async move |tx: &mut Tx| {
        let latest = store::find_latest_tick(tx, schedule.name).await?;
        if latest.is_some_and(|latest| latest >= tick) || !store::insert_tick(tx, schedule.name, tick).await?
        {
            return Ok(());
        }
        // The first tick ever only says from when on the schedule is known.
        if latest.is_some() {
            queue.insert(tx, schedule.job(&queue)?).await?;
            store::delete_ticks_before(tx, schedule.name, tick.minus(REMEMBERED)).await?;
        }
        Ok(())
    })
    .await
}
