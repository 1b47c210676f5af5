//! What can be done with passwords.

mod devices;
mod sign_in;
mod sign_up;
mod throttle;
mod verification;

use std::sync::Arc;
use std::time::Duration;

use crypto::{Mac, PasswordPolicy, normalise};
use db::{DbError, ReadTx, Tx};
use kernel::{EmailAddress, Secret, Timestamp, UserId};
use mail::{Mail, Template};
use serde_json::json;

use super::store;
use crate::admission::service::SignUpGate;
use crate::entrance::service::Entrances;
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::session::service::Sessions;
use crate::user::model::{PersonName, User};
use crate::user::service::Users;

pub(crate) use self::devices::DEVICE_LIFETIME;

/// For how long wrong passwords in a row are remembered after the last of them.
const STREAKS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Passwords. Cheap to clone.
#[derive(Clone)]
pub struct Passwords {
    machinery: Machinery,
    users: Users,
    sessions: Sessions,
    gate: SignUpGate,
    entrances: Entrances,
    policy: Arc<PasswordPolicy>,
    addresses: Mac,
}

impl Passwords {
    /// Over `machinery`.
    pub fn new(
        machinery: Machinery,
        users: Users,
        sessions: Sessions,
        entrances: Entrances,
        gate: SignUpGate,
    ) -> Self {
        let policy = PasswordPolicy {
            min_length: machinery.config.password_min_length,
            ..PasswordPolicy::default()
        };
        Self {
            addresses: machinery.master_key.mac("sign-in failures"),
            policy: Arc::new(policy),
            machinery,
            users,
            sessions,
            gate,
            entrances,
        }
    }

    /// Whether a person has a password; whoever came by a provider has none.
    pub async fn has_password(&self, user: UserId) -> Result<bool, IdentityError> {
        self.machinery
            .db
            .read(async move |tx: &mut ReadTx| Ok(store::find(tx, user).await?.is_some()))
            .await
    }

    /// Whether `password` is good enough for a person with this address and name; `pointer` is its field.
    pub fn check_new(
        &self,
        pointer: &'static str,
        password: &Secret<String>,
        email: &EmailAddress,
        name: Option<&PersonName>,
    ) -> Result<(), IdentityError> {
        let words = [
            self.machinery.config.product_name.as_str(),
            email.as_str(),
            name.map(PersonName::as_str).unwrap_or_default(),
        ];
        self.policy
            .check(password.expose(), &words)
            .map_err(|fault| IdentityError::invalid(fault.at(pointer)))
    }

    /// What is kept of a password. Takes a while, so never inside a transaction.
    pub async fn hash(&self, password: &Secret<String>) -> Result<String, IdentityError> {
        Ok(self.machinery.hasher.hash(normalise(password.expose())).await?)
    }

    /// Sets a password. Whatever a stranger may have begun or counted against the account is over: open
    /// links and codes, wrong passwords. The caller locked the account's row, and ends its sessions.
    pub async fn set_in(&self, tx: &mut Tx, user: &User, phc: &str, now: Timestamp) -> Result<(), DbError> {
        store::upsert(tx, user.id, phc, now).await?;
        store::delete_streaks(tx, self.address_hash(&user.email)).await?;
        self.machinery
            .one_time_tokens
            .revoke_all(tx, user.id, now)
            .await?;
        Ok(())
    }

    /// Takes the password away: somebody may know it who is not the owner. Its owner sets another by mail. The
    /// caller locked the account's row, and ends its sessions.
    pub async fn remove_in(&self, tx: &mut Tx, user: &User) -> Result<(), DbError> {
        store::delete(tx, user.id).await.map(drop)
    }

    /// Forgets the browsers that a person has signed in with: one of them may be somebody else's.
    pub async fn forget_devices_in(&self, tx: &mut Tx, user: &User) -> Result<(), DbError> {
        store::delete_devices(tx, user.id).await.map(drop)
    }

    /// Mails the owner that their password is another: it may not have been them.
    pub(crate) async fn tell_changed_in(
        &self,
        tx: &mut Tx,
        user: &User,
        now: Timestamp,
    ) -> Result<(), DbError> {
        let mail = Mail {
            to: &user.email,
            template: Template::PasswordChanged,
            locale: &user.locale,
            user: Some(user.id),
            organization: None,
            variables: json!({ "when": now }),
        };
        self.machinery.mailer.send(tx, mail).await.map(drop)
    }

    /// Deletes wrong passwords that are long ago, and browsers that were not seen for long, a batch at a time.
    pub(crate) async fn delete_old(&self, now: Timestamp) -> Result<(), DbError> {
        let (wrong_before, seen_before) = (now.minus(STREAKS_KEPT), now.minus(DEVICE_LIFETIME));
        self.machinery
            .db
            .delete_in_batches(async move |tx: &mut Tx, most| {
                let streaks = store::delete_old_streaks(tx, wrong_before, most).await?;
                let devices = store::delete_old_devices(tx, seen_before, most).await?;
                Ok(streaks.max(devices))
            })
            .await
    }

    /// Stands for an address where wrong passwords are counted, be there an account or not.
    fn address_hash(&self, email: &EmailAddress) -> [u8; 32] {
        self.addresses.tag(&[b"address", email.normalized().as_bytes()])
    }
}

#[cfg(test)]
mod tests;
