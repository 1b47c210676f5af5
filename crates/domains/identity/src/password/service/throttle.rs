//! How wrong passwords are held back. Everything is counted by what the caller named, be there such an
//! account or not.

use std::time::Duration;

use db::{DbError, Executor, Tx};
use guard::{Limit, RateLimited};
use kernel::{EmailAddress, RequestContext, Timestamp};

use super::Passwords;
use crate::error::IdentityError;
use crate::network;
use crate::password::model::{Bucket, Held, Patience, hexadecimal};
use crate::password::store;

/// An account that failed from a network is counted once in this time …
const ACCOUNT_FROM_NETWORK: Limit = Limit {
    name: "sign_in_account_from_network",
    max: 1,
    window: Duration::from_hours(3),
};
/// … and so many accounts may fail from one, before lists of stolen passwords are what is tried there.
const ACCOUNTS_FROM_NETWORK: Limit = Limit {
    name: "sign_in_accounts_from_network",
    max: 15,
    window: Duration::from_hours(3),
};
/// For so long nobody signs in from there then.
const NETWORK_SHUT_FOR: Duration = Duration::from_hours(1);

/// What a try is counted under.
#[derive(Debug, Clone)]
pub(super) struct Attempt {
    address_hash: [u8; 32],
    bucket: Bucket,
    network: String,
    network_hash: [u8; 32],
}

impl Passwords {
    /// A try for the account with this address, from the caller's network, perhaps from a known browser.
    pub(super) fn attempt(
        &self,
        context: &RequestContext,
        email: &EmailAddress,
        device: Option<[u8; 32]>,
    ) -> Attempt {
        let network = network::of(context);
        Attempt {
            address_hash: self.address_hash(email),
            bucket: device.map_or(Bucket::Account, Bucket::Device),
            network_hash: self.addresses.tag(&[b"network", network.as_bytes()]),
            network,
        }
    }

    /// Whether a password is tried now.
    pub(super) async fn admit(
        &self,
        db: &mut impl Executor,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), IdentityError> {
        let shut = store::find_streak(db, attempt.network_hash, &Bucket::Network).await?;
        let shut = shut.filter(|shut| shut.next_allowed_at > now);
        if let Some(shut) = shut {
            let retry_after = shut.next_allowed_at.since(now);
            return Err(RateLimited { retry_after }.into());
        }
        let streak = store::find_streak(db, attempt.address_hash, &attempt.bucket).await?;
        self.patience().check(streak, now).map_err(|held| match held {
            Held::For(retry_after) => RateLimited { retry_after }.into(),
            Held::UntilReset => IdentityError::PasswordLocked,
        })
    }

    /// Counts a wrong password.
    pub(super) async fn count_wrong_in(
        &self,
        tx: &mut Tx,
        attempt: &Attempt,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let Attempt {
            address_hash, bucket, ..
        } = attempt;
        let consecutive = store::increment_streak(tx, *address_hash, bucket, now).await?;
        let wait = self.patience().wait(consecutive);
        if !wait.is_zero() {
            store::update_next_allowed(tx, *address_hash, bucket, now.plus(wait)).await?;
        }
        self.count_network_in(tx, attempt, now).await
    }

    /// The right password ends the streak that it came after.
    pub(super) async fn forgive_in(&self, tx: &mut Tx, attempt: &Attempt) -> Result<(), DbError> {
        store::delete_streak(tx, attempt.address_hash, &attempt.bucket)
            .await
            .map(drop)
    }

    async fn count_network_in(&self, tx: &mut Tx, attempt: &Attempt, now: Timestamp) -> Result<(), DbError> {
        let limits = &self.machinery.limits;
        let pair = format!("{} {}", attempt.network, hexadecimal(&attempt.address_hash));
        let standing = limits.hit_in(tx, &ACCOUNT_FROM_NETWORK, &pair, now).await?;
        let is_first = standing.allowed && standing.remaining + 1 == standing.limit;
        if !is_first {
            return Ok(());
        }
        let standing = limits
            .hit_in(tx, &ACCOUNTS_FROM_NETWORK, &attempt.network, now)
            .await?;
        if !standing.allowed {
            store::increment_streak(tx, attempt.network_hash, &Bucket::Network, now).await?;
            let until = now.plus(NETWORK_SHUT_FOR);
            store::update_next_allowed(tx, attempt.network_hash, &Bucket::Network, until).await?;
        }
        Ok(())
    }

    fn patience(&self) -> Patience {
        Patience::new(self.machinery.config.limits_widened)
    }
}
