//! The words of the product, which every floor above may speak: ids, time, addresses, secrets,
//! pages, failures, permissions, request context and the published events.
//!
//! No I/O, no async, no web, no SQL. What is here means the same thing everywhere.
//!
//! | module | holds |
//! |---|---|
//! | [`id`] | [`Id`] and the register of id kinds |
//! | [`time`] | [`Timestamp`], [`Clock`] |
//! | [`email`] | [`EmailAddress`], parsed once |
//! | [`locale`] | [`Locale`], a BCP 47 language tag |
//! | [`money`] | [`Money`] in minor units, [`Currency`] |
//! | [`feature`] | [`FeatureKey`], [`FeatureGrant`]: what plans grant |
//! | [`secret`] | [`Secret`], which never prints |
//! | [`page`] | [`PageRequest`], [`Page`], [`Position`] |
//! | [`failure`] | [`Failure`]: what an error means, without HTTP |
//! | [`permission`] | permission names and sets |
//! | [`context`] | who asks, from where, under which request id |
//! | [`event`] | the published language between domains |

pub mod context;
pub mod email;
pub mod event;
pub mod failure;
pub mod feature;
pub mod id;
pub mod locale;
pub mod money;
pub mod page;
pub mod permission;
pub mod secret;
pub mod time;

pub use context::{Actor, RequestContext};
pub use email::EmailAddress;
pub use event::Event;
pub use failure::{Failure, FailureKind, FieldError};
pub use feature::{FeatureGrant, FeatureKey, FeaturePeriod};
pub use id::{
    AdmissionId, ApiKeyId, CreditId, DisputeId, EntitlementOverrideId, Id, IdSource, InviteId, InvoiceId,
    JobId, LedgerTransferId, MessageBatchId, MessageEventId, MessageId, NotificationId, OrganizationId,
    PasskeyId, PaymentCustomerId, PaymentDriftId, PaymentEventId, PaymentId, PlanId, PriceId,
    PushSubscriptionId, RefundId, RoleId, SenderId, SessionId, SubscriptionId, SuppressionId, TemplateId,
    UsageReservationId, UserId, UserImportId, WebhookDeliveryId, WebhookEndpointId, WebhookSecretId,
};
pub use locale::Locale;
pub use money::{Currency, Money};
pub use page::{Page, PageRequest, Position};
pub use permission::{Permission, PermissionSet, PlatformRole};
pub use secret::Secret;
pub use time::{Clock, Timestamp};
