//! What comes in and goes out.

use garde::Validate;
use kernel::{NotificationId, OrganizationId, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::error::NotificationError;
use crate::model::{Channel, Content, FeedFilter, Notification, RawContent, Told, UnreadCount};

/// What members are to be told.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct SendNotifications {
    /// Whom: members of the organization.
    #[garde(length(min = 1, max = 200))]
    user_ids: Vec<UserId>,
    /// What kind of thing it tells, in a word of yours: small letters, digits and `_`, a letter first.
    #[garde(length(min = 1, max = 50))]
    #[schemars(extend("example" = "invoice", "pattern" = "^[a-z][a-z0-9_]{0,49}$"))]
    category: String,
    /// It in one line.
    #[garde(length(chars, min = 1, max = 200))]
    #[schemars(extend("example" = "Invoice 2026-031 is due"))]
    title: String,
    /// The rest, as plain text.
    #[serde(default)]
    #[garde(length(chars, max = 2000))]
    #[schemars(extend("example" = "It has to be paid by 31 March."))]
    body: String,
    /// Where it leads: a URL of `https` or `http`, or a path in the product that begins with one `/`.
    #[serde(default)]
    #[garde(inner(length(max = 2048)))]
    #[schemars(extend("example" = "/invoices/2026-031"))]
    link: Option<String>,
    /// What your programs want to know with it, at most 4 KiB.
    #[serde(default)]
    #[garde(skip)]
    data: Option<Map<String, Value>>,
    /// By which ways they are to hear of it, each as far as they want to; in the feed when absent.
    #[serde(default)]
    #[garde(length(max = 3))]
    #[schemars(extend("example" = ["in_app", "email"]))]
    channels: Vec<Channel>,
}

/// What was written into whose feed, and how many hear of it otherwise.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SentNotificationsBody {
    /// One for each member who wants it in their feed.
    notifications: Vec<SentNotificationBody>,
    /// How many of them get a mail.
    #[schemars(extend("example" = 1))]
    mailed: u32,
    /// How many of their browsers get a message.
    #[schemars(extend("example" = 2))]
    pushed: u32,
}

/// A notification that was sent.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct SentNotificationBody {
    /// The notification.
    id: NotificationId,
    /// Whose feed it is in.
    user_id: UserId,
}

/// Which notifications are asked for.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct FeedQuery {
    /// Only those about this organization.
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// Only those that you have not read (`true`), or that you have (`false`).
    #[garde(skip)]
    is_unread: Option<bool>,
    /// Only those of this category.
    #[garde(length(min = 1, max = 50))]
    #[schemars(extend("example" = "invoice"))]
    category: Option<String>,
    /// Those that you archived, instead of those that you did not.
    #[serde(default)]
    #[garde(skip)]
    is_archived: bool,
}

/// What is counted.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct UnreadQuery {
    /// Only those about this organization.
    #[garde(skip)]
    pub(super) organization_id: Option<OrganizationId>,
}

/// What is to be marked as read.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct ReadAllNotifications {
    /// Only those about this organization.
    #[serde(default)]
    #[garde(skip)]
    pub(super) organization_id: Option<OrganizationId>,
    /// Only those that were sent at this moment or earlier, such as the `created_at` of the newest that was
    /// shown; up to now when absent.
    #[serde(default)]
    #[garde(skip)]
    pub(super) before: Option<Timestamp>,
}

/// How many were marked as read.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ReadNotificationsBody {
    /// So many.
    #[schemars(extend("example" = 7))]
    pub(super) marked: u64,
}

/// How many wait to be read.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct UnreadCountBody {
    /// So many, 100 at most.
    #[schemars(extend("example" = 3))]
    unread: u32,
    /// Whether there are more.
    is_capped: bool,
}

/// Something that you were told.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct NotificationBody {
    /// The notification.
    id: NotificationId,
    /// The organization that it is about; null when it is about none.
    organization_id: Option<OrganizationId>,
    /// What kind of thing it tells.
    #[schemars(extend("example" = "invoice"))]
    category: String,
    /// It in one line.
    #[schemars(extend("example" = "Invoice 2026-031 is due"))]
    title: String,
    /// The rest, as plain text; may be empty.
    #[schemars(extend("example" = "It has to be paid by 31 March."))]
    body: String,
    /// Where it leads: a URL, or a path in the product.
    #[schemars(extend("example" = "/invoices/2026-031"))]
    link: Option<String>,
    /// What programs want to know with it.
    data: Map<String, Value>,
    /// When it was sent.
    created_at: Timestamp,
    /// When you read it first; null while you have not.
    read_at: Option<Timestamp>,
    /// When you archived it; null while you have not.
    archived_at: Option<Timestamp>,
}

impl SendNotifications {
    pub(super) fn into_parts(self) -> Result<(Vec<UserId>, Content), NotificationError> {
        let content = Content::parse(RawContent {
            category: self.category,
            title: self.title,
            body: self.body,
            link: self.link,
            data: self.data.unwrap_or_default(),
            channels: self.channels,
        })?;
        Ok((self.user_ids, content))
    }
}

impl From<Told> for SentNotificationsBody {
    fn from(told: Told) -> Self {
        let each = told.sent.into_iter().map(|sent| SentNotificationBody {
            id: sent.id,
            user_id: sent.user,
        });
        Self {
            notifications: each.collect(),
            mailed: told.mailed,
            pushed: told.pushed,
        }
    }
}

impl From<FeedQuery> for FeedFilter {
    fn from(query: FeedQuery) -> Self {
        Self {
            organization: query.organization_id,
            is_unread: query.is_unread,
            category: query.category,
            is_archived: query.is_archived,
        }
    }
}

impl From<UnreadCount> for UnreadCountBody {
    fn from(count: UnreadCount) -> Self {
        Self {
            unread: count.unread,
            is_capped: count.is_capped,
        }
    }
}

impl From<Notification> for NotificationBody {
    fn from(notification: Notification) -> Self {
        Self {
            id: notification.id,
            organization_id: notification.organization,
            category: notification.category,
            title: notification.title,
            body: notification.body,
            link: notification.link,
            data: notification.data,
            created_at: notification.created_at,
            read_at: notification.read_at,
            archived_at: notification.archived_at,
        }
    }
}
