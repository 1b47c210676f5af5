//! Which domain hears which event.

use activity::{ActivityLog, RecordActivity};
use events::Subscriptions;
use kernel::event::auth::ImpersonationStarted;
use kernel::event::user::{UserDeleted, UserSuspended};

/// Everybody who hears something. The activity log hears all of it, in the same transaction.
pub(crate) fn subscriptions(
    activity: &ActivityLog,
    organizations: &organizations::Services,
) -> Subscriptions {
    Subscriptions::new()
        .listen(RecordActivity(activity.clone()))
        .subscribe::<UserDeleted>(organizations.leave_organizations())
        .subscribe::<UserSuspended>(organizations.keep_owners())
        .subscribe::<ImpersonationStarted>(organizations.tell_organizations())
}
