//! A key, and what it is made from.

use std::net::IpAddr;
use std::time::Duration;

use kernel::permission::{
    CheckEntitlements, IntrospectTokens, ReadAudit, ReadContent, ReadData, ReadInvites, ReadMembers,
    ReadOrganization, ReadPayments, ReadRoles, SendMessages, WriteContent, WriteData, WriteTemplates,
    WriteUsage, WriteWebhooks,
};
use kernel::{ApiKeyId, OrganizationId, Permission as _, PermissionSet, Timestamp, UserId};
use serde::{Deserialize, Serialize};
use web::layers::Network;

use crate::error::ApiKeyError;

/// How long a key holds when nobody says.
const DEFAULT_LIFETIME: Duration = Duration::from_hours(24 * 90);

/// How long a key may hold.
const LONGEST_LIFETIME: Duration = Duration::from_hours(24 * 365);

/// How many characters of a token are kept to tell keys apart.
const START: usize = 12;

/// How many networks a key may be used from.
const MOST_NETWORKS: usize = 20;

/// What a key may be for. Who is let in, with which rights and with which keys is for people alone, and so are
/// the organization itself and its money.
pub const GRANTABLE: PermissionSet = ReadOrganization::SET
    .union(ReadMembers::SET)
    .union(ReadRoles::SET)
    .union(ReadInvites::SET)
    .union(ReadAudit::SET)
    .union(ReadContent::SET)
    .union(WriteContent::SET)
    .union(SendMessages::SET)
    .union(WriteTemplates::SET)
    .union(ReadData::SET)
    .union(WriteData::SET)
    .union(WriteWebhooks::SET)
    .union(ReadPayments::SET)
    .union(IntrospectTokens::SET)
    .union(CheckEntitlements::SET)
    .union(WriteUsage::SET);

/// Whose a key is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyOwner {
    /// An organization's: a program that works for it, whoever made the key.
    Organization(OrganizationId),
    /// A person's: it does what they may do.
    Person(UserId),
}

/// A key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// The organization whose it is, or to which its owner has narrowed it.
    pub organization: Option<OrganizationId>,
    /// The person whose it is; none for a key of the organization.
    pub user: Option<UserId>,
    /// Who made it, while they have an account.
    pub created_by: Option<UserId>,
    /// What it is called.
    pub name: String,
    /// The start of its latest token.
    pub start: String,
    /// What it is for.
    pub scopes: PermissionSet,
    /// Where it may be used from.
    pub allowed_networks: Networks,
    /// Counts its changes.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// When it ends by itself.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// From where.
    pub last_used_ip: Option<String>,
}

/// A key with the token that is shown once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct IssuedKey {
    /// The key.
    pub key: ApiKey,
    /// Its token.
    pub token: Token,
}

/// A token on its way to whom it is for. It is written down in sealed answers only.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Token(String);

/// What a key is to be.
#[derive(Debug, Clone)]
pub struct NewApiKey {
    /// What it is called.
    pub name: KeyName,
    /// What it is for.
    pub scopes: PermissionSet,
    /// Where it may be used from.
    pub allowed_networks: Networks,
    /// When it ends; in 90 days when nobody says.
    pub expires_at: Option<Timestamp>,
    /// To which organization a person's key is narrowed.
    pub organization: Option<OrganizationId>,
}

/// What is to be changed about a key.
#[derive(Debug, Clone, Default)]
pub struct ApiKeyChange {
    /// What it is called from now on.
    pub name: Option<KeyName>,
    /// Where it may be used from.
    pub allowed_networks: Option<Networks>,
}

/// How a key gets another secret.
#[derive(Debug, Clone, Copy)]
pub struct Rotation {
    /// For how many seconds the secret before holds.
    pub overlap_seconds: u32,
    /// When the key ends from now on; as before when nobody says.
    pub expires_at: Option<Timestamp>,
}

/// What a key is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyName(String);

/// Where a key may be used from; everywhere when there is none.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(try_from = "Vec<String>", into = "Vec<String>")]
pub struct Networks(Vec<Network>);

impl ApiKey {
    /// Whether it holds at this moment, as far as its own time goes.
    pub fn holds_at(&self, now: Timestamp) -> bool {
        self.expires_at.is_none_or(|end| now < end)
    }
}

impl Token {
    pub(crate) fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// For whom it is for.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What people tell keys apart by.
    pub(crate) fn start(&self) -> String {
        self.0.chars().take(START).collect()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("[redacted]")
    }
}

impl KeyName {
    /// Reads the field at `/name`.
    pub fn parse(raw: &str) -> Result<Self, ApiKeyError> {
        let text = raw.trim();
        if text.is_empty() || text.chars().count() > 100 {
            let detail = "1 to 100 characters are expected";
            return Err(ApiKeyError::field("/name", "invalid_length", detail));
        }
        if text.chars().any(char::is_control) {
            let detail = "line breaks and other control characters are not allowed";
            return Err(ApiKeyError::field("/name", "invalid", detail));
        }
        Ok(Self(text.to_owned()))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Networks {
    /// Reads the field at `/allowed_networks`.
    pub fn parse(texts: &[String]) -> Result<Self, ApiKeyError> {
        const FIELD: &str = "/allowed_networks";
        if texts.len() > MOST_NETWORKS {
            return Err(ApiKeyError::field(FIELD, "too_long", "at most 20 networks"));
        }
        let mut networks = Vec::with_capacity(texts.len());
        for (place, text) in texts.iter().enumerate() {
            let network: Network = text.parse().map_err(|error: web::layers::NetworkError| {
                ApiKeyError::field(format!("{FIELD}/{place}"), "invalid", error.to_string())
            })?;
            // What comes from an IPv4 address is never looked at as IPv6, so that range would let nobody in.
            if text.trim_start().to_ascii_lowercase().starts_with("::ffff:") {
                let detail = "write a range of IPv4 as such, like 10.0.0.0/8";
                return Err(ApiKeyError::field(format!("{FIELD}/{place}"), "invalid", detail));
            }
            if !networks.contains(&network) {
                networks.push(network);
            }
        }
        Ok(Self(networks))
    }

    /// Whether a key may be used from `ip`. Who has no address is nowhere in particular.
    pub fn allow(&self, ip: Option<IpAddr>) -> bool {
        self.0.is_empty() || ip.is_some_and(|ip| self.0.iter().any(|network| network.contains(ip)))
    }

    /// As texts.
    pub fn texts(&self) -> Vec<String> {
        self.0.iter().map(Network::to_string).collect()
    }
}

impl TryFrom<Vec<String>> for Networks {
    type Error = ApiKeyError;

    fn try_from(texts: Vec<String>) -> Result<Self, ApiKeyError> {
        Self::parse(&texts)
    }
}

impl From<Networks> for Vec<String> {
    fn from(networks: Networks) -> Self {
        networks.texts()
    }
}

/// What a key is for, of what was asked for under `/scopes`.
pub(crate) fn check_scopes(scopes: PermissionSet) -> Result<(), ApiKeyError> {
    if scopes.is_empty() {
        return Err(ApiKeyError::field("/scopes", "required", "give it a scope"));
    }
    if GRANTABLE.contains(scopes) {
        return Ok(());
    }
    let offered: Vec<_> = GRANTABLE.names().collect();
    let detail = format!("keys can have: {}", offered.join(", "));
    Err(ApiKeyError::field("/scopes", "not_for_keys", detail))
}

/// When a key ends that is made at this moment.
pub(crate) fn expiry(wish: Option<Timestamp>, now: Timestamp) -> Result<Timestamp, ApiKeyError> {
    let expires_at = wish.unwrap_or_else(|| now.plus(DEFAULT_LIFETIME));
    if expires_at <= now || expires_at > now.plus(LONGEST_LIFETIME) {
        let detail = "a moment within the next 365 days is expected";
        return Err(ApiKeyError::field("/expires_at", "out_of_range", detail));
    }
    Ok(expires_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn networks(texts: &[&str]) -> Result<Networks, ApiKeyError> {
        let texts: Vec<String> = texts.iter().map(|text| (*text).to_owned()).collect();
        Networks::parse(&texts)
    }

    #[test]
    fn networks_are_ranges_of_both_families() {
        let allowed = networks(&["192.0.2.0/24", "2001:db8::/32", "192.0.2.0/24"]).unwrap();
        assert_eq!(allowed.texts(), ["192.0.2.0/24", "2001:db8::/32"]);
        for (ip, is_allowed) in [
            ("192.0.2.9", true),
            ("::ffff:192.0.2.9", true),
            ("192.0.3.9", false),
            ("2001:db8::9", true),
            ("2001:db9::9", false),
        ] {
            assert_eq!(allowed.allow(Some(ip.parse().unwrap())), is_allowed, "{ip}");
        }
        assert!(!allowed.allow(None));
        assert!(Networks::default().allow(None));
        for refused in ["", "10.0.0.0/33", "::ffff:10.0.0.0/104", "example.com"] {
            assert!(networks(&[refused]).is_err(), "{refused}");
        }
        assert!(networks(&["10.0.0.1"; 21]).is_err());
    }

    #[test]
    fn scopes_never_reach_who_may_do_what() {
        use kernel::permission::{DeleteOrganization, ReadUsers, UpdateMembers, WriteApiKeys, WriteInvites};
        for refused in [
            DeleteOrganization::SET,
            UpdateMembers::SET,
            WriteApiKeys::SET,
            WriteInvites::SET,
            ReadUsers::SET,
            PermissionSet::NONE,
        ] {
            assert!(check_scopes(refused).is_err(), "{refused:?}");
        }
        assert!(check_scopes(GRANTABLE).is_ok());
    }

    #[test]
    fn a_key_ends_within_a_year() {
        let now: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(expiry(None, now).unwrap(), now.plus(DEFAULT_LIFETIME));
        assert!(expiry(Some(now), now).is_err());
        assert!(expiry(Some(now.plus(LONGEST_LIFETIME)), now).is_ok());
        assert!(expiry(Some(now.plus(LONGEST_LIFETIME + Duration::from_secs(1))), now).is_err());
    }
}
