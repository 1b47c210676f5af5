//! What happens in organizations.

use super::events;
use crate::id::{InviteId, OrganizationId, RoleId, UserId};
use crate::time::Timestamp;

events! {
    /// An organization was made.
    OrganizationCreated = "organization.created" {
        /// The new organization.
        organization_id: OrganizationId,
        /// Its first owner.
        owner_id: UserId,
        /// Its name.
        name: String,
        /// Its slug.
        slug: String,
    } in organization_id on organization_id;

    /// An organization's name, slug or settings changed.
    OrganizationUpdated = "organization.updated" {
        /// The organization.
        organization_id: OrganizationId,
        /// The names of the fields that changed.
        fields: Vec<String>,
    } in organization_id on organization_id;

    /// An organization asks its members for a second factor from another time on, or no longer.
    OrganizationMfaPolicyChanged = "organization.mfa_policy_changed" {
        /// The organization.
        organization_id: OrganizationId,
        /// From when; none when it asks for none.
        mfa_required_from: Option<Timestamp>,
    } in organization_id on organization_id;

    /// An organization was deleted.
    OrganizationDeleted = "organization.deleted" {
        /// The organization.
        organization_id: OrganizationId,
    } in organization_id on organization_id;

    /// An organization has another owner.
    OrganizationTransferred = "organization.transferred" {
        /// The organization.
        organization_id: OrganizationId,
        /// Who handed it over.
        from_user_id: UserId,
        /// Who has it now.
        to_user_id: UserId,
    } in organization_id on to_user_id;

    /// A person joined.
    MemberJoined = "member.joined" {
        /// The organization.
        organization_id: OrganizationId,
        /// Who joined.
        user_id: UserId,
        /// The keys of the roles that they have.
        roles: Vec<String>,
    } in organization_id on user_id;

    /// A member has other roles now.
    MemberRolesChanged = "member.roles_changed" {
        /// The organization.
        organization_id: OrganizationId,
        /// Whose roles.
        user_id: UserId,
        /// The keys of the roles that they have.
        roles: Vec<String>,
    } in organization_id on user_id;

    /// A member was removed.
    MemberRemoved = "member.removed" {
        /// The organization.
        organization_id: OrganizationId,
        /// Who was removed.
        user_id: UserId,
    } in organization_id on user_id;

    /// A member left.
    MemberLeft = "member.left" {
        /// The organization.
        organization_id: OrganizationId,
        /// Who left.
        user_id: UserId,
    } in organization_id on user_id;

    /// A member of the platform's staff acts as a member from now on.
    MemberImpersonated = "member.impersonated" {
        /// The organization.
        organization_id: OrganizationId,
        /// As whom.
        user_id: UserId,
        /// The member of staff.
        by: UserId,
        /// Why, in their words.
        reason: String,
        /// Whether they may only look.
        is_read_only: bool,
        /// When it ends at the latest.
        expires_at: Timestamp,
    } in organization_id on user_id;

    /// A custom role was made.
    RoleCreated = "role.created" {
        /// The organization.
        organization_id: OrganizationId,
        /// The role.
        role_id: RoleId,
        /// Its key.
        key: String,
    } in organization_id on role_id;

    /// A custom role was changed.
    RoleUpdated = "role.updated" {
        /// The organization.
        organization_id: OrganizationId,
        /// The role.
        role_id: RoleId,
        /// Its key.
        key: String,
    } in organization_id on role_id;

    /// A custom role was deleted.
    RoleDeleted = "role.deleted" {
        /// The organization.
        organization_id: OrganizationId,
        /// The role.
        role_id: RoleId,
        /// Its key.
        key: String,
    } in organization_id on role_id;

    /// Somebody was invited, or an invite link was made.
    InviteCreated = "invite.created" {
        /// The organization.
        organization_id: OrganizationId,
        /// The invite.
        invite_id: InviteId,
        /// The key of the role that it gives.
        role: String,
    } in organization_id on invite_id;

    /// An invite was sent again.
    InviteResent = "invite.resent" {
        /// The organization.
        organization_id: OrganizationId,
        /// The invite.
        invite_id: InviteId,
    } in organization_id on invite_id;

    /// An invite was taken back.
    InviteRevoked = "invite.revoked" {
        /// The organization.
        organization_id: OrganizationId,
        /// The invite.
        invite_id: InviteId,
    } in organization_id on invite_id;

    /// An invite was accepted.
    InviteAccepted = "invite.accepted" {
        /// The organization.
        organization_id: OrganizationId,
        /// The invite.
        invite_id: InviteId,
        /// Who accepted.
        user_id: UserId,
    } in organization_id on invite_id;

    /// An invite was declined.
    InviteDeclined = "invite.declined" {
        /// The organization.
        organization_id: OrganizationId,
        /// The invite.
        invite_id: InviteId,
    } in organization_id on invite_id;

    /// A document of an organization was written.
    OrganizationDataWritten = "organization_data.written" {
        /// Whose document.
        organization_id: OrganizationId,
        /// Its namespace.
        namespace: String,
        /// Its key.
        key: String,
    } in organization_id on organization_id;

    /// A document of an organization was deleted.
    OrganizationDataDeleted = "organization_data.deleted" {
        /// Whose document.
        organization_id: OrganizationId,
        /// Its namespace.
        namespace: String,
        /// Its key.
        key: String,
    } in organization_id on organization_id;
}
