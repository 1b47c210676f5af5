//! Opening streams, and the pump that feeds them.

mod pump;
mod upkeep;

use std::sync::Arc;

use kernel::OrganizationId;
use tokio_util::sync::CancellationToken;

use self::upkeep::Upkeep;
use super::hub::{Hub, Subscription};
use super::model::{Begin, Listener, SessionCheck, StreamConfig};
use super::store;
use crate::error::NotificationError;
use crate::machinery::Machinery;

/// Streams of what happens in people's feeds. Cheap to clone.
#[derive(Clone)]
pub struct Streams {
    machinery: Machinery,
    hub: Hub,
    sessions: Arc<dyn SessionCheck>,
    config: StreamConfig,
}

/// Ends all streams when the pump does, whyever that is.
struct Closing(Hub);

impl Streams {
    /// Streams of what `hub` hears of, for as long as sessions hold.
    pub(crate) const fn new(
        machinery: Machinery,
        hub: Hub,
        sessions: Arc<dyn SessionCheck>,
        config: StreamConfig,
    ) -> Self {
        Self {
            machinery,
            hub,
            sessions,
            config,
        }
    }

    /// Begins a stream: after a place in the feed, or with what happens from now on; of all that the person is
    /// told, or of what is about an organization.
    pub(crate) fn open(
        &self,
        listener: Listener,
        after: Option<i64>,
        organization: Option<OrganizationId>,
    ) -> Result<Subscription, NotificationError> {
        let begin = Begin { after, organization };
        self.hub.take_seat(listener, begin, self.config)
    }

    /// Feeds the streams of this node until `stop`, and ends them then, at once.
    pub async fn run(self, stop: CancellationToken) {
        let _closing = Closing(self.hub.clone());
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.work() => {}
        }
    }

    /// One task for all streams, so that nothing has to be told in two places at once. Nothing ticks while
    /// nobody listens.
    async fn work(&self) {
        loop {
            self.hub.changed().await;
            let mut upkeep = Upkeep::new(self.clone());
            self.look().await;
            while !self.hub.is_empty() {
                tokio::select! {
                    () = self.hub.changed() => {}
                    () = upkeep.next() => upkeep.tick().await,
                }
                self.look().await;
            }
        }
    }
}

impl Drop for Closing {
    fn drop(&mut self) {
        self.0.close();
    }
}
