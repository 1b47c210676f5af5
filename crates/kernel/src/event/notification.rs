//! What people are told inside the product.

use super::events;
use crate::id::OrganizationId;

events! {
    /// Members of an organization were notified of something by the organization's own program.
    NotificationsSent = "notifications.sent" {
        /// The organization.
        organization_id: OrganizationId,
        /// What kind of thing they were notified of.
        category: String,
        /// How many members were.
        recipients: u32,
    } in organization_id on organization_id;
}
