//! How a worker works.

use std::time::Duration;

/// How a worker works. The defaults are good for one node.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    /// How many jobs run at once in [`crate::Lane::MAIN`].
    pub concurrency: usize,
    /// How soon an idle worker looks again without being woken; the wait grows to `longest_poll`.
    pub poll: Duration,
    /// How rarely an idle worker looks: the longest that a job of another node waits.
    pub longest_poll: Duration,
    /// How long a lease lasts: the longest that a job of a killed process waits.
    pub lease: Duration,
    /// How often leases are renewed; a third of `lease` leaves room for two failures.
    pub heartbeat: Duration,
    /// How often leases that ran out are looked for.
    pub sweep: Duration,
}

impl Default for WorkerConfig {
    fn default() -> Self {
        Self {
            concurrency: 16,
            poll: Duration::from_millis(250),
            longest_poll: Duration::from_secs(1),
            lease: Duration::from_secs(45),
            heartbeat: Duration::from_secs(15),
            sweep: Duration::from_secs(5),
        }
    }
}
