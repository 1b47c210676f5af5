//! The roles that every organization has, and what they permit. Their rows are in the first migration;
//! what is written there about permissions counts for nothing.

use kernel::permission::{
    CheckEntitlements, ConfigureSignOn, DeleteOrganization, IntrospectTokens, ReadAudit, ReadContent,
    ReadData, ReadInvites, ReadMembers, ReadOrganization, ReadPayments, ReadRoles, RemoveMembers,
    SendMessages, TransferOrganization, UpdateMembers, UpdateOrganization, WriteApiKeys, WriteContent,
    WriteData, WriteInvites, WritePayments, WriteRoles, WriteTemplates, WriteUsage, WriteWebhooks,
};
use kernel::{Permission, PermissionSet, RoleId};
use uuid::Uuid;

use super::model::Rank;

/// A role that no organization made and none can change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuiltInRole {
    /// Everything, the organization itself included.
    Owner,
    /// Runs it, but can't sell it.
    Admin,
    /// Pays.
    Billing,
    /// Works.
    Member,
    /// Looks.
    Viewer,
}

/// What every member may, whatever their roles: see where they are, and what they may use there.
pub(crate) const EVERY_MEMBER: PermissionSet = ReadOrganization::SET.union(CheckEntitlements::SET);

/// What only owners may, so that no custom role can hold it.
pub(crate) const OWNERS_ONLY: PermissionSet = DeleteOrganization::SET.union(TransferOrganization::SET);

const VIEWER: PermissionSet = EVERY_MEMBER
    .union(ReadMembers::SET)
    .union(ReadRoles::SET)
    .union(ReadContent::SET);

const MEMBER: PermissionSet = VIEWER
    .union(WriteContent::SET)
    .union(SendMessages::SET)
    .union(ReadData::SET)
    .union(WriteData::SET)
    .union(WriteUsage::SET);

const BILLING: PermissionSet = VIEWER.union(ReadPayments::SET).union(WritePayments::SET);

const ADMIN: PermissionSet = MEMBER
    .union(UpdateOrganization::SET)
    .union(UpdateMembers::SET)
    .union(RemoveMembers::SET)
    .union(WriteRoles::SET)
    .union(ReadInvites::SET)
    .union(WriteInvites::SET)
    .union(ReadAudit::SET)
    .union(WriteTemplates::SET)
    .union(WriteWebhooks::SET)
    .union(WriteApiKeys::SET)
    .union(IntrospectTokens::SET)
    .union(ReadPayments::SET)
    .union(ConfigureSignOn::SET);

const OWNER: PermissionSet = ADMIN.union(BILLING).union(OWNERS_ONLY);

impl BuiltInRole {
    /// All of them, the highest first.
    pub const ALL: [Self; 5] = [
        Self::Owner,
        Self::Admin,
        Self::Billing,
        Self::Member,
        Self::Viewer,
    ];

    /// As the API and the database spell it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Admin => "admin",
            Self::Billing => "billing",
            Self::Member => "member",
            Self::Viewer => "viewer",
        }
    }

    /// The id that the first migration gives it.
    pub const fn id(self) -> RoleId {
        let last = match self {
            Self::Owner => 1,
            Self::Admin => 2,
            Self::Billing => 3,
            Self::Member => 4,
            Self::Viewer => 5,
        };
        RoleId::from_uuid(Uuid::from_u128(0x7000_8000_0000_0000_0000 | last))
    }

    /// The built-in role of this id; none when it is a custom role's.
    pub fn by_id(id: RoleId) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.id() == id)
    }

    /// What it permits.
    pub const fn permissions(self) -> PermissionSet {
        match self {
            Self::Owner => OWNER,
            Self::Admin => ADMIN,
            Self::Billing => BILLING,
            Self::Member => MEMBER,
            Self::Viewer => VIEWER,
        }
    }

    /// How high who holds it stands.
    pub const fn rank(self) -> Rank {
        match self {
            Self::Owner => Rank::Owner,
            Self::Admin => Rank::Admin,
            Self::Billing | Self::Member => Rank::Member,
            Self::Viewer => Rank::Viewer,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_permissions_stands() {
        let holders = |permission: PermissionSet| -> Vec<&str> {
            let roles = BuiltInRole::ALL.into_iter();
            roles
                .filter(|role| role.permissions().contains(permission))
                .map(BuiltInRole::key)
                .collect()
        };
        let everybody = ["owner", "admin", "billing", "member", "viewer"];
        for permission in [
            ReadOrganization::SET,
            ReadMembers::SET,
            ReadRoles::SET,
            ReadContent::SET,
        ] {
            assert_eq!(holders(permission), everybody, "{permission:?}");
        }
        for permission in [WriteContent::SET, SendMessages::SET, WriteData::SET] {
            assert_eq!(
                holders(permission),
                ["owner", "admin", "member"],
                "{permission:?}"
            );
        }
        for permission in [
            WriteInvites::SET,
            UpdateMembers::SET,
            RemoveMembers::SET,
            WriteTemplates::SET,
            WriteWebhooks::SET,
            WriteApiKeys::SET,
            ReadAudit::SET,
            ConfigureSignOn::SET,
            WriteRoles::SET,
        ] {
            assert_eq!(holders(permission), ["owner", "admin"], "{permission:?}");
        }
        assert_eq!(holders(ReadPayments::SET), ["owner", "admin", "billing"]);
        assert_eq!(holders(WritePayments::SET), ["owner", "billing"]);
        assert_eq!(holders(DeleteOrganization::SET), ["owner"]);
        assert_eq!(holders(TransferOrganization::SET), ["owner"]);
    }

    #[test]
    fn an_id_leads_back_to_its_role() {
        for role in BuiltInRole::ALL {
            assert_eq!(BuiltInRole::by_id(role.id()), Some(role));
        }
        assert_eq!(
            BuiltInRole::Owner.id().uuid().to_string(),
            "00000000-0000-7000-8000-000000000001"
        );
        assert_eq!(BuiltInRole::by_id(RoleId::from_uuid(Uuid::nil())), None);
    }
}
