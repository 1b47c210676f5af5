//! What keys ask of the domains that know people and members; the server answers with their services.

use async_trait::async_trait;
use db::{DbError, Tx};
use kernel::{OrganizationId, PermissionSet, PlatformRole, UserId};

/// A person whose account is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Person {
    /// Their standing among the platform's staff.
    pub platform_role: Option<PlatformRole>,
}

/// Tells how the owners of keys stand at this moment.
#[async_trait]
pub trait Owners: Send + Sync {
    /// The person; none when there is no account, or it is not open.
    async fn person(&self, user: UserId) -> Result<Option<Person>, DbError>;

    /// What a member may do in an organization; none for who is no member.
    async fn permissions(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError>;
}

/// The same as a transaction sees it, for what must not be decided on a memory.
#[async_trait(?Send)]
pub trait Standings: Send + Sync {
    /// What a member may do in an organization; none for who is no member.
    async fn permissions_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError>;
}
