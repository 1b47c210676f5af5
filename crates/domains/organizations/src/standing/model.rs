//! The sum of the roles that a member holds.

use kernel::{PermissionSet, Timestamp};

/// How high a member stands. Who stands higher is not touched from below.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rank {
    /// Looks.
    Viewer,
    /// Works or pays; every custom role stands here.
    Member,
    /// Runs the organization.
    Admin,
    /// Has the organization.
    Owner,
}

/// What a member may do, and how high they stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// What all their roles together permit.
    pub permissions: PermissionSet,
    /// The rank of the highest of their roles.
    pub rank: Rank,
}

/// What a member may do, and from when on only with a second factor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MemberAccess {
    /// What all their roles together permit.
    pub permissions: PermissionSet,
    /// From when on the organization asks for a second factor; none when it does not.
    pub mfa_required_from: Option<Timestamp>,
}

impl Standing {
    /// Whether they may change the roles of, or remove, somebody of `rank`: those below, and owners anybody.
    pub fn outranks(&self, rank: Rank) -> bool {
        self.rank == Rank::Owner || rank < self.rank
    }
}
