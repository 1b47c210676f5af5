//! What people are told: the texts of mails, and the feed inside the product.

use std::sync::Arc;

use async_trait::async_trait;
use identity::Sessions;
use jobs::Queue;
use kernel::{Clock, SessionId};
use notifications::{Holding, NotificationError, Notifications, PushEndpoints, SessionCheck, Streams};
use outbound::{Outbound, OutboundConfig};

use crate::config::Config;
use crate::wiring::accounts::AccountServices;

/// Tells the domain of notifications which sessions hold.
struct Listening {
    sessions: Sessions,
    clock: Arc<dyn Clock>,
}

/// What mail is made of, and who it is from.
pub(super) fn messaging(ground: &identity::Machinery) -> messaging::Machinery {
    messaging::Machinery::new(messaging::MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        limits: ground.limits.clone(),
        one_time_tokens: ground.one_time_tokens.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        mailer: ground.mailer.clone(),
    })
}

/// The feeds.
pub(super) fn notifications(
    ground: &identity::Machinery,
    queue: &Queue,
    outbound: (&Outbound, &OutboundConfig),
) -> Notifications {
    let (client, config) = outbound;
    Notifications::new(notifications::Machinery::new(notifications::MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        mailer: ground.mailer.clone(),
        queue: queue.clone(),
        master_key: Arc::clone(&ground.master_key),
        http: Arc::new(client.clone()),
        push_endpoints: if config.allow_private {
            PushEndpoints::HttpToo
        } else {
            PushEndpoints::Https
        },
        public_url: ground.config.public_url.clone(),
    }))
}

/// What happens in the feeds, told while it happens.
pub(super) fn streams(config: &Config, notifications: &Notifications, accounts: &AccountServices) -> Streams {
    let sessions = Listening {
        sessions: accounts.sessions.clone(),
        clock: Arc::clone(&accounts.machinery.clock),
    };
    notifications.streams(Arc::new(sessions), config.streams)
}

#[async_trait]
impl SessionCheck for Listening {
    async fn holding(&self, sessions: Vec<SessionId>) -> Result<Vec<Holding>, NotificationError> {
        let held = self.sessions.holding(sessions, self.clock.now()).await;
        let held = held.map_err(|error| NotificationError::Sessions(Arc::new(error)))?;
        let held = held.into_iter().map(|(session, aal)| Holding { session, aal });
        Ok(held.collect())
    }
}
