//! What people are told: the texts of mails, and the feed inside the product.

use std::sync::Arc;

use notifications::Notifications;

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
pub(super) fn notifications(ground: &identity::Machinery) -> Notifications {
    Notifications::new(notifications::Machinery::new(notifications::MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
    }))
}
