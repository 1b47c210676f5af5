//! What is to be sent again.

use std::time::Duration;

use kernel::Timestamp;
use serde::{Deserialize, Serialize};

use crate::error::WebhookError;

/// What somebody wants to be sent again.
#[derive(Debug, Clone, Copy)]
pub struct ReplayWish {
    /// From when on.
    pub since: Timestamp,
    /// Before when; until now when nobody says.
    pub until: Option<Timestamp>,
    /// Whether only what never arrived.
    pub only_failed: bool,
}

/// What is sent again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// From when on.
    pub since: Timestamp,
    /// Before when.
    pub until: Timestamp,
    /// Whether only what never arrived.
    pub only_failed: bool,
}

impl ReplayWish {
    /// What it means at this moment, where events are `kept` so long.
    pub(crate) fn until(self, now: Timestamp, kept: Duration) -> Result<Replay, WebhookError> {
        let until = self.until.map_or(now, |until| until.min(now));
        if self.since >= until {
            let detail = "a moment before until, and before now, is expected";
            return Err(WebhookError::field("/since", "out_of_range", detail));
        }
        if now.since(self.since) > kept {
            let detail = "events are kept for 30 days";
            return Err(WebhookError::field("/since", "out_of_range", detail));
        }
        Ok(Replay {
            since: self.since,
            until,
            only_failed: self.only_failed,
        })
    }
}
