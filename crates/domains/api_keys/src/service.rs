//! Making, changing, rotating and revoking keys.

use std::sync::Arc;
use std::time::Duration;

use crypto::OpaqueToken;
use db::{DbError, ReadTx, Tx};
use kernel::event::api_key::{ApiKeyCreated, ApiKeyRevoked, ApiKeyRotated, ApiKeyUpdated};
use kernel::{ApiKeyId, Page, PageRequest, RequestContext, Timestamp, UserId};

use crate::error::ApiKeyError;
use crate::machinery::Machinery;
use crate::model::{
    self, ApiKey, ApiKeyChange, IssuedKey, KeyOwner, NewApiKey, Rotation, Token, check_scopes,
};
use crate::remembered::{KeyOfSecret, Remembered, USED_EVERY};
use crate::store;

/// What tokens start with: `msk_`, for people and for scanners of leaked secrets.
pub(crate) const PREFIX: &str = "msk";

/// How many live keys an organization or a person may have.
const MOST: u32 = 100;

/// The keys of organizations and people. Cheap to clone.
#[derive(Clone)]
pub struct ApiKeys {
    machinery: Machinery,
    remembered: Arc<Remembered>,
}

impl ApiKeys {
    /// Keys kept by `machinery`.
    pub fn new(machinery: Machinery) -> Self {
        let remembered = Arc::new(Remembered::new(machinery.remembers_for()));
        Self {
            machinery,
            remembered,
        }
    }

    /// The keys of an owner that were not revoked, the newest first.
    pub async fn list(&self, owner: KeyOwner, page: PageRequest) -> Result<Page<ApiKey>, ApiKeyError> {
        let work = async move |tx: &mut ReadTx| Ok(store::list(tx, owner, &page).await?);
        self.machinery.db.read(work).await
    }

    /// One key.
    pub async fn get(&self, owner: KeyOwner, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, owner, id).await;
        let found = self.machinery.db.read(work).await?;
        found.ok_or(ApiKeyError::NotFound)
    }

    /// Makes a key for `owner` by `maker`, once per idempotency key. An organization's key may do only what its
    /// maker may do; a person's key never does more than the person, so that its scopes are a wish.
    pub async fn create(
        &self,
        context: &RequestContext,
        owner: KeyOwner,
        maker: UserId,
        new: NewApiKey,
    ) -> Result<IssuedKey, ApiKeyError> {
        check_scopes(new.scopes)?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let expires_at = model::expiry(new.expires_at, now)?;
        let work = async move |tx: &mut Tx| {
            let make = async |tx: &mut Tx| {
                this.require_grantable(tx, owner, maker, &new).await?;
                this.require_room(tx, owner, now).await?;
                this.create_in(tx, &context, owner, maker, &new, expires_at, now)
                    .await
            };
            let keys = &this.machinery.idempotency;
            keys.once(tx, &context, now, make).await
        };
        self.machinery.db.write(work).await
    }

    /// Renames a key, or says where it may be used from; `version` is that of the copy that the caller changed,
    /// if they say so.
    pub async fn update(
        &self,
        context: &RequestContext,
        owner: KeyOwner,
        id: ApiKeyId,
        change: ApiKeyChange,
        version: Option<i64>,
    ) -> Result<ApiKey, ApiKeyError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let key = lock_key(tx, owner, id).await?;
            if version.is_some_and(|version| version != key.version) {
                return Err(ApiKeyError::Outdated);
            }
            let fields = changed_fields(&key, &change);
            if fields.is_empty() {
                return Ok(key);
            }
            store::update(tx, &key, &change, now).await?;
            let event = ApiKeyUpdated {
                api_key_id: id,
                organization_id: key.organization,
                user_id: key.user,
                fields,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            this.forget_in(tx);
            store::find(tx, owner, id).await?.ok_or(ApiKeyError::NotFound)
        };
        self.machinery.db.write(work).await
    }

    /// Gives a key another secret. The one before holds for the overlap, so that there are two at most: a
    /// rotation that begins before the last is over must end the older ones at once.
    pub async fn rotate(
        &self,
        context: &RequestContext,
        owner: KeyOwner,
        id: ApiKeyId,
        rotation: Rotation,
    ) -> Result<IssuedKey, ApiKeyError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let wish = rotation.expires_at;
        let expires_at = wish.map(|wish| model::expiry(Some(wish), now)).transpose()?;
        let work = async move |tx: &mut Tx| {
            let turn = async |tx: &mut Tx| {
                let key = lock_key(tx, owner, id).await?;
                // What has ended must not come to life again by a later end.
                let overlap = if key.holds_at(now) {
                    rotation.overlap_seconds
                } else {
                    0
                };
                end_secrets(tx, id, overlap, now).await?;
                let (token, hash) = issue();
                store::insert_secret(tx, id, hash, now).await?;
                let expires_at = expires_at.or(key.expires_at);
                store::update_start(tx, id, &token.start(), expires_at, now).await?;
                let event = ApiKeyRotated {
                    api_key_id: id,
                    organization_id: key.organization,
                    user_id: key.user,
                    overlap_seconds: overlap,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                this.forget_in(tx);
                let key = store::find(tx, owner, id).await?.ok_or(ApiKeyError::NotFound)?;
                Ok(IssuedKey { key, token })
            };
            this.machinery.idempotency.once(tx, &context, now, turn).await
        };
        self.machinery.db.write(work).await
    }

    /// Ends a key, at once.
    pub async fn revoke(
        &self,
        context: &RequestContext,
        owner: KeyOwner,
        id: ApiKeyId,
    ) -> Result<(), ApiKeyError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let key = lock_key(tx, owner, id).await?;
            if store::update_revoked(tx, id, now).await? == 0 {
                return Err(ApiKeyError::NotFound);
            }
            store::delete_secrets(tx, id, None).await?;
            let event = ApiKeyRevoked {
                api_key_id: id,
                organization_id: key.organization,
                user_id: key.user,
            };
            this.machinery.events.publish(tx, &context, &event).await?;
            this.forget_in(tx);
            Ok(())
        };
        self.machinery.db.write(work).await
    }

    /// Ends every key that a person has or made: it may not have been them who did.
    pub(crate) async fn revoke_of_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        user: UserId,
    ) -> Result<(), ApiKeyError> {
        let now = self.machinery.clock.now();
        for key in store::update_revoked_of(tx, user, now).await? {
            store::delete_secrets(tx, key.id, None).await?;
            let event = ApiKeyRevoked {
                api_key_id: key.id,
                organization_id: key.organization,
                user_id: key.user,
            };
            self.machinery.events.publish(tx, context, &event).await?;
        }
        self.forget_in(tx);
        Ok(())
    }

    /// The key of a secret, as it is now or, on PostgreSQL, was a few seconds ago.
    pub(crate) async fn remembered(&self, hash: [u8; 32]) -> Result<Option<Arc<KeyOfSecret>>, DbError> {
        if let Some(known) = self.remembered.get(&hash) {
            return Ok(Some(known));
        }
        let change = self.remembered.change();
        let work = async move |tx: &mut ReadTx| store::find_by_secret(tx, hash).await;
        let Some(found) = self.machinery.db.read(work).await? else {
            return Ok(None);
        };
        let key = Arc::new(KeyOfSecret {
            key: found.key,
            secret_expires_at: found.secret_expires_at,
        });
        self.remembered.keep(hash, change, &key);
        Ok(Some(key))
    }

    /// Writes down that a key was used, once a minute. That a disk is full is no reason to turn it away.
    pub(crate) async fn note_used(&self, key: &ApiKey, ip: Option<String>, now: Timestamp) {
        if !self.remembered.is_use_due(key, now) {
            return;
        }
        let (id, before) = (key.id, now.minus(USED_EVERY));
        let work = async move |tx: &mut Tx| {
            store::update_used(tx, id, ip.clone(), now, before)
                .await
                .map(drop)
        };
        let noted: Result<(), DbError> = self.machinery.db.write_soft(work).await;
        if let Err(error) = noted {
            tracing::warn!(error.message = %error, "the use of an API key was not written down");
        }
    }

    /// To be called by whatever changes keys, so that nobody is let in by how they were.
    pub(crate) fn forget_in(&self, tx: &mut Tx) {
        let remembered = Arc::clone(&self.remembered);
        tx.after_commit(move || remembered.forget_all());
    }

    pub(crate) const fn machinery(&self) -> &Machinery {
        &self.machinery
    }

    /// Nobody gives a program what they lack, and nobody narrows a key to where they are not.
    async fn require_grantable(
        &self,
        tx: &mut Tx,
        owner: KeyOwner,
        maker: UserId,
        new: &NewApiKey,
    ) -> Result<(), ApiKeyError> {
        let standings = &self.machinery.standings;
        match (owner, new.organization) {
            (KeyOwner::Organization(organization), _) => {
                let held = standings.permissions_in(tx, organization, maker).await?;
                let held = held.ok_or(ApiKeyError::NotFound)?;
                let has_all = held.contains(new.scopes);
                has_all.then_some(()).ok_or(ApiKeyError::ScopeNotGrantable)
            }
            (KeyOwner::Person(_), None) => Ok(()),
            (KeyOwner::Person(user), Some(organization)) => {
                let held = standings.permissions_in(tx, organization, user).await?;
                let detail = "you are in no such organization";
                held.map(drop)
                    .ok_or_else(|| ApiKeyError::field("/organization_id", "not_a_member", detail))
            }
        }
    }

    /// Counts with the owner locked, so that of many at once none goes beyond the limit.
    async fn require_room(&self, tx: &mut Tx, owner: KeyOwner, now: Timestamp) -> Result<(), ApiKeyError> {
        if !store::lock_owner(tx, owner).await? {
            return Err(ApiKeyError::NotFound);
        }
        if store::count_live(tx, owner, now).await? >= i64::from(MOST) {
            return Err(ApiKeyError::TooMany(MOST));
        }
        Ok(())
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "each is another thing that a key is made from"
    )]
    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        owner: KeyOwner,
        maker: UserId,
        new: &NewApiKey,
        expires_at: Timestamp,
        now: Timestamp,
    ) -> Result<IssuedKey, ApiKeyError> {
        let (token, hash) = issue();
        let (organization, user) = match owner {
            KeyOwner::Organization(organization) => (Some(organization), None),
            KeyOwner::Person(user) => (new.organization, Some(user)),
        };
        let key = ApiKey {
            id: ApiKeyId::new(&*self.machinery.ids, now),
            organization,
            user,
            created_by: Some(maker),
            name: new.name.as_str().to_owned(),
            start: token.start(),
            scopes: new.scopes,
            allowed_networks: new.allowed_networks.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
            expires_at: Some(expires_at),
            last_used_at: None,
            last_used_ip: None,
        };
        store::insert(tx, &key).await?;
        store::insert_secret(tx, key.id, hash, now).await?;
        let event = ApiKeyCreated {
            api_key_id: key.id,
            organization_id: organization,
            user_id: user,
            name: key.name.clone(),
            scopes: key.scopes,
        };
        self.machinery.events.publish(tx, context, &event).await?;
        Ok(IssuedKey { key, token })
    }
}

async fn lock_key(tx: &mut Tx, owner: KeyOwner, id: ApiKeyId) -> Result<ApiKey, ApiKeyError> {
    store::lock(tx, id).await?;
    store::find(tx, owner, id).await?.ok_or(ApiKeyError::NotFound)
}

/// Makes room for a new secret: none of those before, or the last one for the overlap.
async fn end_secrets(
    tx: &mut Tx,
    id: ApiKeyId,
    overlap_seconds: u32,
    now: Timestamp,
) -> Result<(), ApiKeyError> {
    if overlap_seconds == 0 {
        store::delete_secrets(tx, id, None).await?;
        return Ok(());
    }
    if store::find_ending(tx, id, now).await? {
        return Err(ApiKeyError::RotationInProgress);
    }
    store::delete_secrets(tx, id, Some(now)).await?;
    let end = now.plus(Duration::from_secs(u64::from(overlap_seconds)));
    store::update_secret_end(tx, id, end).await?;
    Ok(())
}

fn issue() -> (Token, [u8; 32]) {
    let (text, hash) = OpaqueToken::generate(PREFIX);
    (Token::new(text.expose()), hash)
}

fn changed_fields(key: &ApiKey, change: &ApiKeyChange) -> Vec<String> {
    let mut changed = Vec::new();
    if change.name.as_ref().is_some_and(|name| name.as_str() != key.name) {
        changed.push(String::from("name"));
    }
    let networks = change.allowed_networks.as_ref();
    if networks.is_some_and(|networks| *networks != key.allowed_networks) {
        changed.push(String::from("allowed_networks"));
    }
    changed
}
