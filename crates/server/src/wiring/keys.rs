//! Where keys meet those whose they are: the domain of keys asks, those of accounts and organizations answer.

use std::num::NonZeroU32;
use std::sync::Arc;

use api_keys::{ApiKeys, KeyAuthenticator};
use async_trait::async_trait;
use db::{DbError, ReadTx, Tx};
use guard::IdempotencyKeys;
use identity::introspection::Overseers;
use identity::{Factors, HeldFactors, Introspections, User, Users};
use kernel::{OrganizationId, PermissionSet, UserId};
use organizations::Standings;
use web::{Access, Key};

use crate::wiring::accounts::AccountServices;

/// How often a key may ask in a minute, on each node.
const REQUESTS_PER_MINUTE: u32 = 600;

/// Tells how the owners of keys stand.
#[derive(Clone)]
pub(crate) struct KeyOwners {
    identity: identity::Machinery,
    users: Users,
    standings: Standings,
}

impl KeyOwners {
    pub(crate) fn of(accounts: &AccountServices, organizations: &organizations::Services) -> Self {
        Self {
            identity: accounts.machinery.clone(),
            users: accounts.users.clone(),
            standings: organizations.standings.clone(),
        }
    }

    pub(crate) fn api_keys(&self, identity: &identity::Machinery) -> ApiKeys {
        ApiKeys::new(api_keys::Machinery::new(api_keys::MachineryParts {
            db: identity.db.clone(),
            events: identity.events.clone(),
            idempotency: IdempotencyKeys::new(&identity.master_key),
            clock: Arc::clone(&identity.clock),
            ids: Arc::clone(&identity.ids),
            owners: Arc::new(self.clone()),
            standings: Arc::new(self.clone()),
        }))
    }

    pub(crate) fn introspections(&self, accounts: &AccountServices) -> Introspections {
        Introspections::new(
            accounts.machinery.clone(),
            accounts.sessions.clone(),
            accounts.signing_keys.clone(),
            Arc::new(self.clone()),
        )
    }
}

/// Lets keys in beside people.
pub(crate) fn with_keys(access: Access, keys: &ApiKeys, widened: u32) -> Access {
    let most = NonZeroU32::new(REQUESTS_PER_MINUTE.saturating_mul(widened)).unwrap_or(NonZeroU32::MAX);
    access.with_keys(Arc::new(KeyAuthenticator::new(keys.clone())), most)
}

#[async_trait]
impl api_keys::Owners for KeyOwners {
    async fn person(&self, user: UserId) -> Result<Option<api_keys::Person>, DbError> {
        let user = self.users.remembered(user).await?;
        let open = user.filter(|user| User::is_active(user));
        Ok(open.map(|user| api_keys::Person {
            platform_role: user.platform_role,
        }))
    }

    /// Where members need a second factor, the key of who has none opens nothing: whoever stole a password could
    /// make one.
    async fn permissions(
        &self,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError> {
        let held = self.standings.permissions(organization, user).await?;
        let now = self.identity.now();
        if held.is_none()
            || !self
                .standings
                .requires_second_factor(organization, user, now)
                .await?
        {
            return Ok(held);
        }
        let find = async move |tx: &mut ReadTx| Factors.held_in(tx, user).await;
        let factors: HeldFactors = self.identity.db.read(find).await?;
        Ok(held
            .filter(|_| factors.is_second_due())
            .or(Some(PermissionSet::NONE)))
    }
}

#[async_trait(?Send)]
impl api_keys::Standings for KeyOwners {
    async fn permissions_in(
        &self,
        tx: &mut Tx,
        organization: OrganizationId,
        user: UserId,
    ) -> Result<Option<PermissionSet>, DbError> {
        self.standings.permissions_in(tx, organization, user).await
    }
}

/// An organization sees the tokens of its members. A key of no organization got so far only because it is that
/// of staff who may see everybody.
#[async_trait]
impl Overseers for KeyOwners {
    async fn oversees(&self, key: &Key, user: UserId) -> Result<bool, DbError> {
        match key.organization {
            None => Ok(true),
            Some(organization) => {
                let held = self.standings.permissions(organization, user).await?;
                Ok(held.is_some())
            }
        }
    }
}
