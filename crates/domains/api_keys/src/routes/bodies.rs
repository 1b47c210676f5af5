//! What is sent and answered.

use garde::Validate;
use kernel::permission::PermissionName;
use kernel::{ApiKeyId, OrganizationId, PermissionSet, Timestamp, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::error::ApiKeyError;
use crate::model::{ApiKey, ApiKeyChange, IssuedKey, KeyName, Networks, NewApiKey, Rotation};

/// A key of a program.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct ApiKeyBody {
    /// Its id.
    id: ApiKeyId,
    /// The organization whose it is, or to which its owner has narrowed it.
    organization_id: Option<OrganizationId>,
    /// The person whose it is; null for a key of the organization.
    user_id: Option<UserId>,
    /// Who made it, while they have an account.
    created_by: Option<UserId>,
    /// What it is called.
    #[schemars(extend("example" = "Nightly export"))]
    name: String,
    /// The first characters of its token.
    #[schemars(extend("example" = "msk_Zk3v9Qw1"))]
    start: String,
    /// What it is for.
    #[schemars(extend("example" = ["data:read"]))]
    scopes: Vec<&'static str>,
    /// Where it may be used from; everywhere when empty.
    #[schemars(extend("example" = ["192.0.2.0/24"]))]
    allowed_networks: Vec<String>,
    /// When it ends by itself.
    expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    last_used_at: Option<Timestamp>,
    /// From where.
    #[schemars(extend("example" = "192.0.2.1"))]
    last_used_ip: Option<String>,
    /// When it was made.
    created_at: Timestamp,
    /// When it was last changed.
    updated_at: Timestamp,
}

/// A key, and its token, which is shown this once.
#[derive(Debug, Serialize, JsonSchema)]
pub(super) struct IssuedApiKeyBody {
    /// The key.
    api_key: ApiKeyBody,
    /// For `Authorization: Bearer`. Keep it like a password; nobody can show it again.
    #[schemars(extend("example" = "msk_Zk3v9Qw1rT5yU7iO0pA2sD4fG6hJ8kL1zX3cV5bN7mQdGhpcyA"))]
    token: String,
}

/// A key to be made for an organization.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateOrganizationApiKey {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Nightly export"))]
    name: String,
    /// What it is for: permissions that you have yourself.
    #[garde(length(min = 1, max = 64))]
    scopes: Vec<PermissionName>,
    /// Where it may be used from: addresses and ranges; everywhere when empty.
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schemars(extend("example" = ["192.0.2.0/24"]))]
    allowed_networks: Vec<String>,
    /// When it ends, within a year; in 90 days when absent.
    #[serde(default)]
    #[garde(skip)]
    expires_at: Option<Timestamp>,
}

/// A key of one's own to be made.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateApiKey {
    /// What it is called.
    #[garde(length(chars, min = 1, max = 100))]
    #[schemars(extend("example" = "Laptop"))]
    name: String,
    /// What it is for. Where you may do less, it may do less.
    #[garde(length(min = 1, max = 64))]
    scopes: Vec<PermissionName>,
    /// The only organization in which it counts; everywhere you are a member when absent.
    #[serde(default)]
    #[garde(skip)]
    organization_id: Option<OrganizationId>,
    /// Where it may be used from: addresses and ranges; everywhere when empty.
    #[serde(default)]
    #[garde(length(max = 20))]
    #[schemars(extend("example" = ["192.0.2.0/24"]))]
    allowed_networks: Vec<String>,
    /// When it ends, within a year; in 90 days when absent.
    #[serde(default)]
    #[garde(skip)]
    expires_at: Option<Timestamp>,
}

/// What is to be changed about a key; what is absent stays.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct UpdateApiKey {
    /// What it is called from now on.
    #[serde(default)]
    #[garde(inner(length(chars, min = 1, max = 100)))]
    #[schemars(extend("example" = "Nightly export"))]
    name: Option<String>,
    /// Where it may be used from: addresses and ranges; everywhere when empty.
    #[serde(default)]
    #[garde(inner(length(max = 20)))]
    #[schemars(extend("example" = ["192.0.2.0/24"]))]
    allowed_networks: Option<Vec<String>>,
}

/// How a key gets another secret.
#[derive(Debug, Deserialize, JsonSchema, Validate)]
#[serde(deny_unknown_fields)]
pub(super) struct RotateApiKey {
    /// For how many seconds the secret before holds, up to 7 days; a day when absent. With 0 it ends at once.
    #[serde(default = "a_day")]
    #[garde(range(max = 604_800))]
    #[schemars(extend("example" = 86_400))]
    overlap_seconds: u32,
    /// When the key ends from now on, within a year; as before when absent.
    #[serde(default)]
    #[garde(skip)]
    expires_at: Option<Timestamp>,
}

const fn a_day() -> u32 {
    86_400
}

fn scopes(names: &[PermissionName]) -> PermissionSet {
    names.iter().map(|name| name.set()).collect()
}

impl CreateOrganizationApiKey {
    pub(super) fn into_new(self) -> Result<NewApiKey, ApiKeyError> {
        Ok(NewApiKey {
            name: KeyName::parse(&self.name)?,
            scopes: scopes(&self.scopes),
            allowed_networks: Networks::parse(&self.allowed_networks)?,
            expires_at: self.expires_at,
            organization: None,
        })
    }
}

impl CreateApiKey {
    pub(super) fn into_new(self) -> Result<NewApiKey, ApiKeyError> {
        Ok(NewApiKey {
            name: KeyName::parse(&self.name)?,
            scopes: scopes(&self.scopes),
            allowed_networks: Networks::parse(&self.allowed_networks)?,
            expires_at: self.expires_at,
            organization: self.organization_id,
        })
    }
}

impl UpdateApiKey {
    pub(super) fn change(self) -> Result<ApiKeyChange, ApiKeyError> {
        let networks = self.allowed_networks.as_deref();
        Ok(ApiKeyChange {
            name: self.name.as_deref().map(KeyName::parse).transpose()?,
            allowed_networks: networks.map(Networks::parse).transpose()?,
        })
    }
}

impl From<RotateApiKey> for Rotation {
    fn from(body: RotateApiKey) -> Self {
        Self {
            overlap_seconds: body.overlap_seconds,
            expires_at: body.expires_at,
        }
    }
}

impl From<ApiKey> for ApiKeyBody {
    fn from(key: ApiKey) -> Self {
        Self {
            id: key.id,
            organization_id: key.organization,
            user_id: key.user,
            created_by: key.created_by,
            name: key.name,
            start: key.start,
            scopes: key.scopes.names().collect(),
            allowed_networks: key.allowed_networks.texts(),
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            last_used_ip: key.last_used_ip,
            created_at: key.created_at,
            updated_at: key.updated_at,
        }
    }
}

impl From<IssuedKey> for IssuedApiKeyBody {
    fn from(issued: IssuedKey) -> Self {
        Self {
            token: issued.token.expose().to_owned(),
            api_key: issued.key.into(),
        }
    }
}
