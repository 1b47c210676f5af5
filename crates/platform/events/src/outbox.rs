//! The job behind outbox subscribers: one for each event and subscriber.

use std::borrow::Cow;

use jobs::Job;
use kernel::OrganizationId;
use serde::{Deserialize, Serialize};

use crate::envelope::Envelope;

/// Delivers one event to one outbox subscriber. The envelope travels in it: facts don't change.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DeliverEvent {
    /// The subscriber's name.
    pub subscriber: Cow<'static, str>,
    /// The event.
    pub envelope: Envelope,
}

impl Job for DeliverEvent {
    const NAME: &'static str = "events.deliver";
    const MAX_ATTEMPTS: u32 = 15;

    fn organization(&self) -> Option<OrganizationId> {
        self.envelope.organization
    }
}
