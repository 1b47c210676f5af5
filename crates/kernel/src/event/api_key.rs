//! What happens to the keys of programs.

use super::events;
use crate::id::{ApiKeyId, OrganizationId, UserId};
use crate::permission::PermissionSet;

events! {
    /// A key was made.
    ApiKeyCreated = "api_key.created" {
        /// The key.
        api_key_id: ApiKeyId,
        /// The organization whose it is, or to which it is narrowed.
        organization_id: Option<OrganizationId>,
        /// The person whose it is.
        user_id: Option<UserId>,
        /// What it is called.
        name: String,
        /// What it is for.
        scopes: PermissionSet,
    } within organization_id on api_key_id;

    /// A key was renamed, or is to be used from elsewhere.
    ApiKeyUpdated = "api_key.updated" {
        /// The key.
        api_key_id: ApiKeyId,
        /// The organization whose it is, or to which it is narrowed.
        organization_id: Option<OrganizationId>,
        /// The person whose it is.
        user_id: Option<UserId>,
        /// The names of the fields that changed.
        fields: Vec<String>,
    } within organization_id on api_key_id;

    /// A key has a new secret; the one before ends after a while.
    ApiKeyRotated = "api_key.rotated" {
        /// The key.
        api_key_id: ApiKeyId,
        /// The organization whose it is, or to which it is narrowed.
        organization_id: Option<OrganizationId>,
        /// The person whose it is.
        user_id: Option<UserId>,
        /// For how long the secret before holds.
        overlap_seconds: u32,
    } within organization_id on api_key_id;

    /// A key was ended.
    ApiKeyRevoked = "api_key.revoked" {
        /// The key.
        api_key_id: ApiKeyId,
        /// The organization whose it was, or to which it was narrowed.
        organization_id: Option<OrganizationId>,
        /// The person whose it was.
        user_id: Option<UserId>,
    } within organization_id on api_key_id;
}
