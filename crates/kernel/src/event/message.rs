//! What happens to mail that organizations and the platform send, and to the addresses that it is from.

use super::events;
use crate::email::EmailAddress;
use crate::id::{MessageId, OrganizationId, SenderId};
use crate::time::Timestamp;

events! {
    /// An organization wants to send mail from an address; a code was mailed to it.
    SenderCreated = "sender.created" {
        /// The organization.
        organization_id: OrganizationId,
        /// The sender.
        sender_id: SenderId,
        /// The address.
        email: EmailAddress,
    } in organization_id on sender_id;

    /// An organization has shown that the address is its own: its mail may be from there.
    SenderVerified = "sender.verified" {
        /// The organization.
        organization_id: OrganizationId,
        /// The sender.
        sender_id: SenderId,
        /// The address.
        email: EmailAddress,
    } in organization_id on sender_id;

    /// No mail of the organization is from the address any more.
    SenderDeleted = "sender.deleted" {
        /// The organization.
        organization_id: OrganizationId,
        /// The sender.
        sender_id: SenderId,
        /// The address.
        email: EmailAddress,
    } in organization_id on sender_id;

    /// Mail was accepted: all that one request asked for. What it says, and to whom, is not told here.
    MessagesQueued = "messages.queued" {
        /// Whose it is; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// What kind of mail it is.
        category: String,
        /// The key of its template; none for words of its sender's own.
        template: Option<String>,
        /// How many recipients it has.
        recipients: u32,
        /// How many of them get nothing, because they are on the list of those who want none.
        suppressed: u32,
        /// When it goes out; none for at once.
        send_at: Option<Timestamp>,
    } within organization_id;

    /// A mail was taken back before it went out.
    MessageCancelled = "message.cancelled" {
        /// Whose it is; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// The mail.
        message_id: MessageId,
    } within organization_id on message_id;

    /// A mail that was given up is tried again.
    MessageRetried = "message.retried" {
        /// Whose it is; none for the platform's.
        organization_id: Option<OrganizationId>,
        /// The mail.
        message_id: MessageId,
    } within organization_id on message_id;
}
