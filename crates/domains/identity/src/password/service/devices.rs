//! Browsers that a person has signed in with before.

use std::time::Duration;

use crypto::OpaqueToken;
use db::{DbError, Executor, Tx};
use kernel::{Secret, Timestamp, UserId};

use super::Passwords;
use crate::password::store;

/// For how long a browser stays known after it was last used to sign in.
pub(crate) const DEVICE_LIFETIME: Duration = Duration::from_hours(180 * 24);

const PREFIX: &str = "ms_device";
const MOST: u32 = 20;

/// A browser that is known.
#[derive(Debug, Clone)]
pub(super) struct Device {
    pub(super) token: Secret<String>,
    pub(super) hash: [u8; 32],
}

impl Passwords {
    /// The browser behind a cookie, when this person has signed in with it.
    pub(super) async fn find_device(
        db: &mut impl Executor,
        user: UserId,
        cookie: Option<&Secret<String>>,
        now: Timestamp,
    ) -> Result<Option<Device>, DbError> {
        let Some(token) = cookie else {
            return Ok(None);
        };
        let Some(hash) = OpaqueToken::parse(PREFIX, token.expose()) else {
            return Ok(None);
        };
        let seen_at = store::find_device(db, user, hash).await?;
        let is_known = seen_at.is_some_and(|at| now.since(at) < DEVICE_LIFETIME);
        Ok(is_known.then(|| Device {
            token: token.clone(),
            hash,
        }))
    }

    /// Makes the browser known of a person who took the second step.
    pub(crate) async fn know_device_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        cookie: Option<&Secret<String>>,
        now: Timestamp,
    ) -> Result<Secret<String>, DbError> {
        let known = Self::find_device(tx, user, cookie, now).await?;
        Self::remember_device_in(tx, user, known.as_ref(), now).await
    }

    /// Makes the browser known, under the cookie that it has or a new one.
    pub(super) async fn remember_device_in(
        tx: &mut Tx,
        user: UserId,
        known: Option<&Device>,
        now: Timestamp,
    ) -> Result<Secret<String>, DbError> {
        let (token, hash) = match known {
            Some(device) => (device.token.clone(), device.hash),
            None => OpaqueToken::generate(PREFIX),
        };
        store::upsert_device(tx, user, hash, now).await?;
        if known.is_none() {
            store::delete_surplus_devices(tx, user, MOST).await?;
        }
        Ok(token)
    }
}
