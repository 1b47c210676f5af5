//! What people are told: the texts of mails, and the feed inside the product.

use std::sync::Arc;

use messaging::Templates;
use notifications::Notifications;

/// Staff write the texts of mails.
pub(super) fn templates(ground: &identity::Machinery) -> Templates {
    Templates::new(messaging::Machinery::new(messaging::MachineryParts {
        db: ground.db.clone(),
        events: ground.events.clone(),
        idempotency: ground.idempotency.clone(),
        clock: Arc::clone(&ground.clock),
        ids: Arc::clone(&ground.ids),
        mailer: ground.mailer.clone(),
    }))
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
