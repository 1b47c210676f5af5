//! From a token to the key, and what it may do at this moment.

use std::net::IpAddr;

use async_trait::async_trait;
use crypto::OpaqueToken;
use kernel::permission::{IntrospectTokens, ReadUsers};
use kernel::{OrganizationId, Permission as _, PermissionSet, PlatformRole};
use web::{ApiError, Key, Keys};

use crate::error::ApiKeyError;
use crate::model::GRANTABLE;
use crate::service::{ApiKeys, PREFIX};

/// Answers the extractors of the web.
#[derive(Clone)]
pub struct KeyAuthenticator(ApiKeys);

impl KeyAuthenticator {
    /// Over the keys that there are.
    pub const fn new(keys: ApiKeys) -> Self {
        Self(keys)
    }

    /// The key of a token, when it and its owner's account hold. Every other token is refused alike.
    pub async fn key(&self, token: &str, ip: Option<IpAddr>) -> Result<Key, ApiKeyError> {
        let hash = OpaqueToken::parse(PREFIX, token).ok_or(ApiKeyError::InvalidToken)?;
        let known = self.0.remembered(hash).await?.ok_or(ApiKeyError::InvalidToken)?;
        let now = self.0.machinery().clock.now();
        let key = &known.key;
        let secret_holds = known.secret_expires_at.is_none_or(|end| now < end);
        if !key.holds_at(now) || !secret_holds || !key.allowed_networks.allow(ip) {
            return Err(ApiKeyError::InvalidToken);
        }
        if let Some(user) = key.user {
            let owner = self.0.machinery().owners.person(user).await?;
            owner.ok_or(ApiKeyError::InvalidToken)?;
        }
        let ip = ip.map(|ip| ip.to_canonical().to_string());
        self.0.note_used(key, ip, now).await;
        Ok(Key {
            id: key.id,
            owner: key.user,
            organization: key.organization,
            scopes: key.scopes.intersection(GRANTABLE),
        })
    }

    async fn held(
        &self,
        key: &Key,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiKeyError> {
        let is_narrowed_elsewhere = key.organization.is_some_and(|own| own != organization);
        match key.owner {
            _ if is_narrowed_elsewhere => Ok(None),
            None => Ok(key.organization.map(|_| key.scopes)),
            Some(user) => {
                let owners = &self.0.machinery().owners;
                let held = owners.permissions(organization, user).await?;
                Ok(held.map(|held| held.intersection(key.scopes)))
            }
        }
    }

    /// A key of the organization stands for it; staff who may see every account may ask about every token.
    async fn held_anywhere(&self, key: &Key) -> Result<PermissionSet, ApiKeyError> {
        match (key.organization, key.owner) {
            (Some(organization), _) => Ok(self.held(key, organization).await?.unwrap_or_default()),
            (None, None) => Ok(PermissionSet::NONE),
            (None, Some(user)) => {
                let owner = self.0.machinery().owners.person(user).await?;
                let held = owner.and_then(|owner| owner.platform_role);
                let held = held.map(PlatformRole::permissions).unwrap_or_default();
                Ok(if held.contains(ReadUsers::SET) {
                    key.scopes.intersection(IntrospectTokens::SET)
                } else {
                    PermissionSet::NONE
                })
            }
        }
    }
}

#[async_trait]
impl Keys for KeyAuthenticator {
    fn is_key(&self, token: &str) -> bool {
        token
            .strip_prefix(PREFIX)
            .is_some_and(|rest| rest.starts_with('_'))
    }

    async fn authenticate(&self, token: &str, ip: Option<IpAddr>) -> Result<Key, ApiError> {
        Ok(self.key(token, ip).await?)
    }

    async fn permissions(
        &self,
        key: &Key,
        organization: OrganizationId,
    ) -> Result<Option<PermissionSet>, ApiError> {
        Ok(self.held(key, organization).await?)
    }

    async fn own_permissions(&self, key: &Key) -> Result<PermissionSet, ApiError> {
        Ok(self.held_anywhere(key).await?)
    }
}
