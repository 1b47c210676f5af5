//! Every job and every schedule.

use activity::{SealActivity, SealActivityHandler};
use identity::jobs::{DeleteExpired, DeleteExpiredHandler, RotateSigningKeys, RotateSigningKeysHandler};
use identity::user_import::jobs::{ExpireUserImportHandler, RunUserImportHandler};
use jobs::{Registry, Schedule, ScheduleError};
use messaging::{DeleteOldMessages, DeleteOldMessagesHandler};
use notifications::{
    DeleteOld, DeleteOldHandler, SendDigests, SendDigestsHandler, SendPush, SendPushHandler,
};
use sandbox::{DeliverEventHandler, Tick, TickHandler};
use webhooks::{
    DeleteOldWebhooks, DeleteOldWebhooksHandler, DeliverWebhooksHandler, ReplayWebhooksHandler, WakeWebhooks,
    WakeWebhooksHandler,
};

use crate::wiring::Services;

/// Who does which job.
pub(crate) fn registry(services: &Services) -> Registry {
    let (mut registry, accounts) = (Registry::new(), &services.accounts);
    services.events.register(&mut registry);
    registry.on(services.mailer.handler(services.db.clone()));
    registry.on::<DeleteExpired>(DeleteExpiredHandler::new(
        accounts.machinery.clone(),
        accounts.sessions.clone(),
        accounts.entrances.clone(),
        accounts.passkeys.clone(),
        accounts.passwords.clone(),
        accounts.email_changes.clone(),
    ));
    registry.on::<RotateSigningKeys>(RotateSigningKeysHandler(accounts.signing_keys.clone()));
    registry.on(RunUserImportHandler(accounts.user_imports.clone()));
    registry.on(ExpireUserImportHandler(accounts.user_imports.clone()));
    registry.on::<DeleteOld>(DeleteOldHandler(services.notifications.clone()));
    registry.on(DeliverWebhooksHandler(services.webhooks.clone()));
    registry.on(WakeWebhooksHandler(services.webhooks.clone()));
    registry.on(ReplayWebhooksHandler(services.webhooks.clone()));
    registry.on(DeleteOldWebhooksHandler(services.webhooks.clone()));
    registry.on::<DeleteOldMessages>(DeleteOldMessagesHandler {
        messages: services.mailer.messages(services.db.clone()),
        kept: services.messages_kept,
    });
    registry.on::<SendDigests>(SendDigestsHandler(services.notifications.digests()));
    registry.on::<SendPush>(SendPushHandler(services.notifications.push().clone()));
    services.billing.register(&mut registry);
    services.entitlements.register(&mut registry);
    if let Some(sandbox) = &services.sandbox {
        registry.on(DeliverEventHandler(sandbox.clone()));
        registry.on(TickHandler(sandbox.clone()));
    }
    registry.on::<SealActivity>(SealActivityHandler(services.activity.clone()));
    registry
}

/// What happens by the clock (UTC).
pub(crate) fn schedules(services: &Services) -> Result<Vec<Schedule>, ScheduleError> {
    let mut schedules = vec![
        Schedule::new("activity.seal", "* * * * *", SealActivity {})?,
        Schedule::new("identity.delete_expired", "17 * * * *", DeleteExpired {})?,
        Schedule::new("webhooks.delete_old", "47 * * * *", DeleteOldWebhooks {})?,
        Schedule::new("webhooks.wake", "* * * * *", WakeWebhooks {})?,
        Schedule::new("messages.delete_old", "27 * * * *", DeleteOldMessages {})?,
        Schedule::new("notifications.delete_old", "37 * * * *", DeleteOld {})?,
        // Digests are due at full hours by the clock of this node, which may be a little behind.
        Schedule::new("notifications.send_digests", "2 * * * *", SendDigests {})?,
        Schedule::new(
            "identity.rotate_signing_keys",
            "*/5 * * * *",
            RotateSigningKeys {},
        )?,
    ];
    schedules.extend(billing::Services::schedules()?);
    schedules.extend(entitlements::Services::schedules()?);
    if services.sandbox.is_some() {
        schedules.push(Schedule::new("sandbox.tick", "* * * * *", Tick {})?);
    }
    Ok(schedules)
}
