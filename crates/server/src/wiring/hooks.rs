//! Those outside that hear of events.

use std::sync::Arc;

use jobs::Queue;
use outbound::Outbound;
use webhooks::{Machinery, MachineryParts, Schemes, Webhooks};

use crate::config::Config;

/// Where private addresses may be asked, it may be without TLS.
pub(super) fn webhooks(
    config: &Config,
    ground: &identity::Machinery,
    queue: &Queue,
    outbound: &Outbound,
) -> Webhooks {
    let schemes = if config.outbound.allow_private {
        Schemes::HttpToo
    } else {
        Schemes::Https
    };
    Webhooks::new(Machinery::new(MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        queue: queue.clone(),
        http: Arc::new(outbound.clone()),
        sealer: ground.master_key.sealer("webhook secrets"),
        schemes,
    }))
}
