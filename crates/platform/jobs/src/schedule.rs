//! Jobs by the clock.

use std::sync::Arc;

use croner::Cron;
use croner::parser::{CronParser, Seconds};
use db::DbError;
use kernel::Timestamp;

use crate::job::Job;
use crate::queue::Queue;
use crate::store::NewJob;

/// A job that is enqueued at every tick of a cron pattern (UTC), once over all nodes.
///
/// The database's clock decides. A tick that is missed because nothing ran is made up for, but only
/// the latest; a schedule that is new starts with its next tick. When the job of an earlier tick
/// still waits, the two are one.
#[derive(Clone)]
pub struct Schedule {
    pub(crate) name: &'static str,
    cron: Arc<Cron>,
    template: Template,
}

type Template = Arc<dyn Fn(&Queue) -> Result<NewJob, DbError> + Send + Sync>;

/// A pattern that can't be read.
#[derive(Debug, thiserror::Error)]
#[error("schedule {name}: {reason}")]
pub struct ScheduleError {
    name: &'static str,
    reason: String,
}

impl Schedule {
    /// `cron` has five fields, or six with seconds in front: `*/5 * * * *`, `*/10 * * * * *`. `name`
    /// is never changed once released.
    pub fn new<J: Job>(name: &'static str, cron: &str, job: J) -> Result<Self, ScheduleError> {
        let parser = CronParser::builder().seconds(Seconds::Optional).build();
        let cron = parser.parse(cron).map_err(|error| ScheduleError {
            name,
            reason: error.to_string(),
        })?;
        let template: Template = Arc::new(move |queue| {
            let mut new = queue.new_job(&job)?;
            new.unique_key = Some(format!("schedule:{name}"));
            Ok(new)
        });
        Ok(Self {
            name,
            cron: Arc::new(cron),
            template,
        })
    }

    /// The latest tick that is not after `now`.
    pub(crate) fn latest(&self, now: Timestamp) -> Option<Timestamp> {
        let tick = self.cron.find_previous_occurrence(&now.date_time(), true);
        tick.ok().map(Timestamp::new)
    }

    /// The first tick after `now`.
    pub(crate) fn next(&self, now: Timestamp) -> Option<Timestamp> {
        let tick = self.cron.find_next_occurrence(&now.date_time(), false);
        tick.ok().map(Timestamp::new)
    }

    pub(crate) fn job(&self, queue: &Queue) -> Result<NewJob, DbError> {
        (self.template)(queue)
    }
}
