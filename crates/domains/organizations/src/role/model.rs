//! A role and what it permits.

use kernel::{OrganizationId, PermissionSet, RoleId, Timestamp};
use serde::{Deserialize, Serialize};

use crate::label::Label;
use crate::slug::Slug;
use crate::standing::built_in::{BuiltInRole, OWNERS_ONLY};
use crate::standing::model::{Rank, Standing};

/// What a role is called.
pub type RoleName = Label<100>;
/// What a role is for.
pub type RoleDescription = Label<500>;

/// Some permissions under one name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// Its id.
    pub id: RoleId,
    /// Whose it is; every organization has those that are nobody's.
    pub organization: Option<OrganizationId>,
    /// What members and invites name it by; never changed.
    pub key: Slug,
    /// What it is called.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// What it permits.
    pub permissions: PermissionSet,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a role says about itself.
#[derive(Debug, Clone)]
pub struct RoleContent {
    /// What it is called.
    pub name: RoleName,
    /// What it is for.
    pub description: RoleDescription,
    /// What it permits.
    pub permissions: PermissionSet,
}

/// A role to be made.
#[derive(Debug, Clone)]
pub struct NewRole {
    /// Its key; made from its name when there is none.
    pub key: Option<Slug>,
    /// The rest.
    pub content: RoleContent,
}

impl Role {
    /// Whether nobody can change it.
    pub const fn is_built_in(&self) -> bool {
        self.organization.is_none()
    }

    /// How high who holds it stands.
    pub fn rank(&self) -> Rank {
        BuiltInRole::by_id(self.id).map_or(Rank::Member, BuiltInRole::rank)
    }

    /// Whether it makes an owner.
    pub fn is_owner(&self) -> bool {
        self.id == BuiltInRole::Owner.id()
    }

    /// Whether somebody of this standing may give it to others: nobody gives what they lack.
    pub fn is_grantable_by(&self, standing: &Standing) -> bool {
        self.rank() <= standing.rank && standing.permissions.contains(self.permissions)
    }
}

/// Whether a built-in role has the key; no other is ever given it.
pub(crate) fn is_built_in_key(key: &Slug) -> bool {
    BuiltInRole::ALL.iter().any(|role| role.key() == key.as_str())
}

/// Whether somebody of this standing may make a role of these permissions.
pub(crate) fn may_be_held(permissions: PermissionSet, standing: &Standing) -> bool {
    standing.permissions.contains(permissions) && permissions.intersection(OWNERS_ONLY).is_empty()
}

#[cfg(test)]
mod tests {
    use kernel::Permission as _;
    use kernel::permission::{DeleteOrganization, ReadMembers, UpdateMembers, WriteRoles};

    use super::*;

    #[test]
    fn nobody_makes_a_role_of_what_they_lack_or_of_what_only_owners_may() {
        let of = |role: BuiltInRole| Standing {
            permissions: role.permissions(),
            rank: role.rank(),
        };
        assert!(may_be_held(UpdateMembers::SET, &of(BuiltInRole::Admin)));
        assert!(!may_be_held(UpdateMembers::SET, &of(BuiltInRole::Member)));
        assert!(may_be_held(ReadMembers::SET, &of(BuiltInRole::Viewer)));
        assert!(!may_be_held(DeleteOrganization::SET, &of(BuiltInRole::Owner)));
        assert!(!may_be_held(
            WriteRoles::SET.union(DeleteOrganization::SET),
            &of(BuiltInRole::Owner)
        ));
    }
}
