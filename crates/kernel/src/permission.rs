//! Permissions: the closed list of what may be done, `resource:action`, and sets of them.
//!
//! Permissions of an organization are held through roles in that organization; permissions of the
//! platform through the role of a member of its staff. The two lists don't mix.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// One permission as a type, so that a handler's signature says what it asks for.
pub trait Permission: Send + Sync + 'static {
    /// `invites:write`.
    const NAME: &'static str;
    /// The same as a set of one.
    const SET: PermissionSet;
}

/// Some of the permissions in the register below.
#[derive(Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// No permission.
    pub const NONE: Self = Self(0);

    /// Whether every permission of `other` is in this set.
    pub const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What is in either.
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// What is in both.
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in it.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The names, in the register's order.
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        REGISTER
            .iter()
            .filter(move |(_, set)| self.contains(*set))
            .map(|(name, _)| *name)
    }

    /// The permission of this name; `None` for a name that is not in the register.
    pub fn by_name(name: &str) -> Option<Self> {
        REGISTER
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, set)| *set)
    }
}

impl fmt::Debug for PermissionSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.names()).finish()
    }
}

impl FromIterator<Self> for PermissionSet {
    fn from_iter<I: IntoIterator<Item = Self>>(sets: I) -> Self {
        sets.into_iter().fold(Self::NONE, Self::union)
    }
}

impl Serialize for PermissionSet {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

/// Names that are no longer in the register grant nothing.
impl<'de> Deserialize<'de> for PermissionSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let names = Vec::<String>::deserialize(deserializer)?;
        Ok(names.iter().filter_map(|name| Self::by_name(name)).collect())
    }
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $bit:literal, $text:literal;)*) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Permission for $name {
                const NAME: &'static str = $text;
                const SET: PermissionSet = PermissionSet(1 << $bit);
            }
        )*
        const REGISTER: &[(&str, PermissionSet)] = &[$(($text, PermissionSet(1 << $bit))),*];
    };
}

permissions! {
    /// See the organization and its settings.
    ReadOrganization = 0, "organization:read";
    /// Rename the organization, change its settings.
    UpdateOrganization = 1, "organization:update";
    /// Delete the organization.
    DeleteOrganization = 2, "organization:delete";
    /// Hand the organization to another owner; grant and take the owner role.
    TransferOrganization = 3, "organization:transfer";
    /// See who is a member.
    ReadMembers = 4, "members:read";
    /// Change members' roles.
    UpdateMembers = 5, "members:update";
    /// Remove members.
    RemoveMembers = 6, "members:remove";
    /// See the roles.
    ReadRoles = 7, "roles:read";
    /// Make, change and delete custom roles.
    WriteRoles = 8, "roles:write";
    /// See pending invites.
    ReadInvites = 9, "invites:read";
    /// Invite, send again, revoke.
    WriteInvites = 10, "invites:write";
    /// Read the organization's activity log.
    ReadAudit = 11, "audit:read";
    /// Read content.
    ReadContent = 12, "content:read";
    /// Write content.
    WriteContent = 13, "content:write";
    /// Send messages.
    SendMessages = 14, "messages:send";
    /// Write message templates.
    WriteTemplates = 15, "templates:write";
    /// Read the organization's own documents (user_data).
    ReadData = 16, "data:read";
    /// Write the organization's own documents (user_data).
    WriteData = 17, "data:write";
    /// Manage webhook endpoints.
    WriteWebhooks = 18, "webhooks:write";
    /// Manage API keys.
    WriteApiKeys = 19, "api_keys:write";
    /// See payments.
    ReadPayments = 20, "payments:read";
    /// Start payments and subscriptions; change and cancel subscriptions.
    WritePayments = 21, "payments:write";
    /// Configure single sign-on.
    ConfigureSignOn = 22, "sso:configure";

    /// Ask whether somebody's access token holds (RFC 7662).
    IntrospectTokens = 23, "tokens:introspect";
    /// Ask what the organization may use and how much of it is used.
    CheckEntitlements = 24, "entitlements:check";
    /// Count what the organization uses.
    WriteUsage = 25, "usage:write";

    /// Platform: see every account.
    ReadUsers = 40, "platform_users:read";
    /// Platform: make, change, suspend and delete accounts.
    WriteUsers = 41, "platform_users:write";
    /// Platform: see every organization.
    ReadOrganizations = 42, "platform_organizations:read";
    /// Platform: change and delete every organization.
    WriteOrganizations = 43, "platform_organizations:write";
    /// Platform: read the platform's activity log.
    ReadPlatformAudit = 44, "platform_audit:read";
    /// Platform: see jobs and their failures.
    ReadJobs = 45, "platform_jobs:read";
    /// Platform: retry and cancel jobs.
    WriteJobs = 46, "platform_jobs:write";
    /// Platform: give and take platform roles.
    WriteStaff = 47, "platform_staff:write";
    /// Platform: act as a person, for a while and on the record.
    ImpersonateUsers = 48, "platform_users:impersonate";
    /// Platform: decide who may sign up while sign-up is not open to everybody.
    WriteAdmissions = 49, "platform_admissions:write";
    /// Platform: bring accounts along from another system.
    ImportUsers = 50, "platform_users:import";
    /// Platform: write the texts of its mails.
    WritePlatformTemplates = 51, "platform_templates:write";
    /// Platform: see its mails and what became of them.
    ReadPlatformMessages = 52, "platform_messages:read";
    /// Platform: send mail, and decide who gets none.
    SendPlatformMessages = 53, "platform_messages:send";
    /// Platform: manage the webhook endpoints that hear of everything.
    WritePlatformWebhooks = 54, "platform_webhooks:write";
    /// Platform: see every payment, the ledger, and what providers told.
    ReadPlatformPayments = 55, "platform_payments:read";
    /// Platform: give money back, and settle what needs a person.
    WritePlatformPayments = 56, "platform_payments:write";
    /// Platform: decide what is sold, and at what price.
    WritePlans = 57, "platform_plans:write";
    /// Platform: grant and deny features, and give credits.
    WriteEntitlements = 58, "platform_entitlements:write";
}

impl schemars::JsonSchema for PermissionSet {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PermissionSet".into()
    }
    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let name = generator.subschema_for::<PermissionName>();
        schemars::json_schema!({ "type": "array", "items": name })
    }
}

/// The standing of a member of the platform's staff. Higher is greater.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum PlatformRole {
    /// Reads.
    Support,
    /// Reads and writes.
    Admin,
    /// Everything, and decides who is staff.
    Owner,
}

impl PlatformRole {
    /// What the role permits.
    pub const fn permissions(self) -> PermissionSet {
        let support = ReadUsers::SET
            .union(ReadOrganizations::SET)
            .union(ReadPlatformAudit::SET)
            .union(ReadJobs::SET)
            .union(ReadPlatformMessages::SET)
            .union(ReadPlatformPayments::SET);
        let admin = support
            .union(WriteUsers::SET)
            .union(WriteOrganizations::SET)
            .union(WriteJobs::SET)
            .union(ImpersonateUsers::SET)
            .union(WriteAdmissions::SET)
            .union(ImportUsers::SET)
            .union(WritePlatformTemplates::SET)
            .union(SendPlatformMessages::SET)
            .union(WritePlatformWebhooks::SET)
            .union(WritePlatformPayments::SET)
            .union(WritePlans::SET)
            .union(WriteEntitlements::SET);
        match self {
            Self::Support => support,
            Self::Admin => admin,
            Self::Owner => admin.union(WriteStaff::SET),
        }
    }

    /// As the database and the API spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Support => "support",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }
}

/// There is no platform role of that name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a platform role is expected: owner, admin or support")]
pub struct PlatformRoleError;

impl FromStr for PlatformRole {
    type Err = PlatformRoleError;

    fn from_str(text: &str) -> Result<Self, PlatformRoleError> {
        match text {
            "support" => Ok(Self::Support),
            "admin" => Ok(Self::Admin),
            "owner" => Ok(Self::Owner),
            _ => Err(PlatformRoleError),
        }
    }
}

/// A name that must be in the register, as a request body gives it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct PermissionName(&'static str);

impl PermissionName {
    /// The permission as a set of one.
    pub fn set(self) -> PermissionSet {
        PermissionSet::by_name(self.0).unwrap_or_default()
    }
}

impl<'de> Deserialize<'de> for PermissionName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        let known = REGISTER.iter().find(|(known, _)| *known == name);
        known
            .map(|(known, _)| Self(known))
            .ok_or_else(|| de::Error::custom("there is no permission of that name"))
    }
}

impl schemars::JsonSchema for PermissionName {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "PermissionName".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        // Not an enum: the list grows, and generated clients refuse what a closed enum does not name.
        schemars::json_schema!({ "type": "string", "description": "A permission, `resource:action`.", "example": "members:read" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_permission_has_its_own_bit_and_name() {
        for (place, (name, set)) in REGISTER.iter().enumerate() {
            assert_eq!(set.0.count_ones(), 1, "{name}");
            for (other_name, other) in &REGISTER[place + 1..] {
                assert!(set != other && name != other_name, "{name} and {other_name}");
            }
        }
    }

    #[test]
    fn a_higher_platform_role_can_do_what_a_lower_one_can() {
        let [support, admin, owner] =
            [PlatformRole::Support, PlatformRole::Admin, PlatformRole::Owner].map(PlatformRole::permissions);
        assert!(owner.contains(admin) && admin.contains(support));
        assert!(!support.contains(WriteUsers::SET) && !admin.contains(WriteStaff::SET));
    }

    #[test]
    fn a_set_is_written_as_names_and_unknown_names_grant_nothing() {
        let set = ReadMembers::SET.union(WriteInvites::SET);
        assert_eq!(
            serde_json::to_string(&set).unwrap(),
            r#"["members:read","invites:write"]"#
        );
        let read: PermissionSet = serde_json::from_str(r#"["members:read","gone:write"]"#).unwrap();
        assert_eq!(read, ReadMembers::SET);
    }
}
