//! Addresses that get no mail any more, and those that do again.

use super::events;
use crate::email::EmailAddress;
use crate::id::{MessageId, OrganizationId, SuppressionId};

events! {
    /// An address gets no mail of an organization any more, or none of the platform.
    SuppressionAdded = "suppression.added" {
        /// The line of the list.
        suppression_id: SuppressionId,
        /// Whose mail it gets no more of; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// The address.
        email: EmailAddress,
        /// Which mail; none for all but the product's own.
        category: Option<String>,
        /// `bounce`, `complaint`, `unsubscribe` or `manual`.
        reason: String,
        /// The mail that brought it about.
        message_id: Option<MessageId>,
    } within organization_id on suppression_id;

    /// An address may get mail again.
    SuppressionRemoved = "suppression.removed" {
        /// The line of the list.
        suppression_id: SuppressionId,
        /// Whose mail it may get again; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// The address.
        email: EmailAddress,
        /// Which mail; none for all.
        category: Option<String>,
        /// Why it got none: `bounce`, `complaint`, `unsubscribe` or `manual`.
        reason: String,
    } within organization_id on suppression_id;
}
