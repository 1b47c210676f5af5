//! Which domain hears which event.

use activity::{ActivityLog, RecordActivity};
use api_keys::{ApiKeys, ForgetKeys, RevokeKeys};
use billing::{EndSubscriptions, FollowMembers};
use events::Subscriptions;
use identity::TellKeyOwners;
use kernel::event::api_key::ApiKeyCreated;
use kernel::event::auth::ImpersonationStarted;
use kernel::event::organization::{
    MemberJoined, MemberLeft, MemberRemoved, MemberRolesChanged, OrganizationDeleted,
};
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};
use kernel::event::user::{UserDeleted, UserReclaimed, UserSuspended};
use kernel::event::webhook::WebhookEndpointDisabled;
use mail::Mailer;
use notifications::{Notifications, TellMembers};
use webhooks::{Webhooks, WriteWebhooks};

/// Everybody who hears something. The activity log and webhooks hear all of it, in the same transaction.
pub(crate) fn subscriptions(
    activity: &ActivityLog,
    organizations: &organizations::Services,
    api_keys: &ApiKeys,
    key_owners: TellKeyOwners,
    notifications: &Notifications,
    webhooks: &Webhooks,
    mailer: &Mailer,
) -> Subscriptions {
    Subscriptions::new()
        .listen(RecordActivity(activity.clone()))
        .listen(WriteWebhooks(webhooks.clone()))
        .subscribe::<ApiKeyCreated>(key_owners)
        .subscribe::<OrganizationDeleted>(ForgetKeys::new(api_keys.clone()))
        .subscribe::<MemberRolesChanged>(TellMembers::new(notifications.clone()))
        .subscribe::<MemberRemoved>(TellMembers::new(notifications.clone()))
        .subscribe::<UserDeleted>(organizations.leave_organizations())
        .subscribe::<UserReclaimed>(organizations.revoke_invites())
        .subscribe::<UserReclaimed>(RevokeKeys::new(api_keys.clone()))
        .subscribe::<UserSuspended>(organizations.keep_owners())
        .subscribe::<ImpersonationStarted>(organizations.tell_organizations())
        .subscribe::<WebhookEndpointDisabled>(organizations.tell_owners(mailer.clone()))
}

/// As well who takes money, and who tells what may be used for it.
pub(crate) fn with_money(
    subscriptions: Subscriptions,
    billing: &billing::Services,
    entitlements: &entitlements::Services,
) -> Subscriptions {
    subscriptions
        .subscribe::<OrganizationDeleted>(EndSubscriptions(billing.subscriptions.clone()))
        .subscribe::<MemberJoined>(FollowMembers(billing.subscriptions.clone()))
        .subscribe::<MemberLeft>(FollowMembers(billing.subscriptions.clone()))
        .subscribe::<MemberRemoved>(FollowMembers(billing.subscriptions.clone()))
        .subscribe::<OrganizationDeleted>(entitlements.keep_sold())
        .subscribe::<PlanSaved>(entitlements.keep_sold())
        .subscribe::<SubscriptionUpdated>(entitlements.keep_sold())
}
