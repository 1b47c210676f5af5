//! The durable queue: work that is written down in the transaction that wants it, so that it is done
//! exactly when that transaction is, and again until it succeeded.
//!
//! Owns the tables `jobs` (waiting or under way), `dead_jobs` (given up) and `schedule_ticks`. A
//! worker claims jobs in batches under a lease that it renews while it works. Who claimed what is
//! told by the job, the attempt and the process together: whoever lost a lease can neither renew nor
//! close the job. Delivery is at least once, so running a job twice must be harmless.
//!
//! | module | holds |
//! |---|---|
//! | `job` | [`Job`], [`JobError`]: what a job is and how it fails |
//! | `lane` | [`Lane`]: kinds that share room, and hold up no others |
//! | `queue` | [`Queue`]: enqueuing in the caller's transaction |
//! | `delivery` | [`Delivery`]: one attempt, and how to finish inside one's own transaction |
//! | `registry` | [`Handler`], [`Registry`]: who does which kind of job |
//! | `worker`, `config` | [`Worker`], [`RunningWorker`], [`WorkerConfig`]: starting and stopping |
//! | `claimer`, `runner` | claiming, lane by lane, and running |
//! | `recorder` | outcomes, written down in batches |
//! | `heartbeat`, `sweeper` | leases: kept by the living, taken from the dead |
//! | `schedule`, `ticker` | [`Schedule`]: jobs by the clock, once over all nodes |
//! | `dead` | [`DeadJob`]: what was given up, and trying it again |
//! | `drain` | [`drain()`]: tests run what is due, here and now |
//! | `backoff` | how long to wait before the next attempt |
//! | `lease`, `running`, `store` | who holds which job; what runs here; the SQL |

mod backoff;
mod claimer;
mod config;
mod dead;
mod delivery;
mod drain;
mod heartbeat;
mod job;
mod lane;
mod lease;
mod queue;
mod recorder;
mod registry;
mod runner;
mod running;
mod schedule;
mod store;
mod sweeper;
mod ticker;
mod worker;

pub use config::WorkerConfig;
pub use dead::DeadJob;
pub use delivery::Delivery;
pub use drain::{Drained, drain};
pub use job::{Job, JobError};
pub use lane::Lane;
pub use queue::Queue;
pub use registry::{Handler, Registry};
pub use schedule::{Schedule, ScheduleError};
pub use worker::{RunningWorker, Worker};

#[cfg(test)]
mod tests;
