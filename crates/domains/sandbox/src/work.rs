//! The jobs of this domain: what is written down when something is to be done.

use jobs::{Job, Lane};
use serde::{Deserialize, Serialize};

/// Tells an event, as often as there is a job of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverEvent {
    /// Its id.
    pub event: String,
}

/// Lets happen what is due: money arrives, pages close, periods end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Tick {}

impl Job for DeliverEvent {
    const NAME: &'static str = "sandbox.deliver_event";
    /// The last one is made 5 + 25 + 125 + 625 + 3125 seconds after the first.
    const MAX_ATTEMPTS: u32 = 6;
    const LANE: Lane = Lane::new("sandbox", 8);
}

impl Job for Tick {
    const NAME: &'static str = "sandbox.tick";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 5;
}
