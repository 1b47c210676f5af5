//! Upkeep: what is over is deleted, keys are rotated. Running twice is harmless.

use std::time::Duration;

use async_trait::async_trait;
use db::{DbError, Tx};
use jobs::{Delivery, Handler, Job, JobError};
use serde::{Deserialize, Serialize};

use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::signing_key::service::SigningKeys;

/// Ended sessions are kept so long, for their owners to ask about.
const SESSIONS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Deletes sessions, one-time tokens, counters, kept answers, wrong passwords and known browsers that are over.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct DeleteExpired {}

impl Job for DeleteExpired {
    const NAME: &'static str = "identity.delete_expired";
    const MAX_ATTEMPTS: u32 = 3;
    const PRIORITY: i32 = 10;
}

/// Makes the next signing key and retires old ones, when that is due.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct RotateSigningKeys {}

impl Job for RotateSigningKeys {
    const NAME: &'static str = "identity.rotate_signing_keys";
    const MAX_ATTEMPTS: u32 = 3;
}

/// Handles [`DeleteExpired`].
pub struct DeleteExpiredHandler {
    machinery: Machinery,
    sessions: Sessions,
    passwords: Passwords,
}

impl DeleteExpiredHandler {
    /// Over the services that keep what is deleted.
    pub fn new(machinery: Machinery, sessions: Sessions, passwords: Passwords) -> Self {
        Self {
            machinery,
            sessions,
            passwords,
        }
    }

    async fn delete(&self) -> Result<(), DbError> {
        let now = self.machinery.now();
        self.delete_guards().await?;
        self.sessions.delete_expired(now.minus(SESSIONS_KEPT)).await?;
        self.passwords.delete_old(now).await
    }

    async fn delete_guards(&self) -> Result<(), DbError> {
        let now = self.machinery.now();
        loop {
            let machinery = self.machinery.clone();
            let work = async move |tx: &mut Tx| -> Result<bool, DbError> {
                let tokens = machinery.one_time_tokens.delete_expired(tx, now).await?;
                let counters = machinery.limits.delete_expired(tx, now).await?;
                let answers = machinery.idempotency.delete_expired(tx, now).await?;
                Ok(tokens.max(counters).max(answers) == guard::BATCH)
            };
            if !self.machinery.db.write_soft(work).await? {
                return Ok(());
            }
        }
    }
}

#[async_trait]
impl Handler<DeleteExpired> for DeleteExpiredHandler {
    async fn run(&self, _: DeleteExpired, _: &Delivery) -> Result<(), JobError> {
        Ok(self.delete().await?)
    }
}

/// Handles [`RotateSigningKeys`].
pub struct RotateSigningKeysHandler(pub SigningKeys);

#[async_trait]
impl Handler<RotateSigningKeys> for RotateSigningKeysHandler {
    async fn run(&self, _: RotateSigningKeys, _: &Delivery) -> Result<(), JobError> {
        self.0.rotate().await.map_err(JobError::retry)
    }
}

#[cfg(test)]
mod tests {
    use db::{Executor as _, ReadTx, args};

    use super::*;
    use crate::testing::{Identity, PASSWORD};

    async fn rows(identity: &Identity) -> [i64; 4] {
        let count = async |tx: &mut ReadTx| -> Result<[i64; 4], DbError> {
            Ok([
                tx.fetch_one("SELECT count(*) FROM sessions", args![]).await?,
                tx.fetch_one("SELECT count(*) FROM login_failures", args![])
                    .await?,
                tx.fetch_one("SELECT count(*) FROM known_devices", args![])
                    .await?,
                tx.fetch_one("SELECT count(*) FROM rate_counters", args![])
                    .await?,
            ])
        };
        identity.machinery.db.read(count).await.unwrap()
    }

    #[tokio::test]
    async fn what_is_over_is_deleted_and_twice_is_harmless() {
        let identity = Identity::open().await;
        identity.person("ada@example.com").await;
        identity.sign_in("ada@example.com", PASSWORD).await.unwrap();
        identity.sign_in("ada@example.com", "wrong").await.unwrap_err();
        let handler = DeleteExpiredHandler::new(
            identity.machinery.clone(),
            identity.sessions.clone(),
            identity.passwords.clone(),
        );
        let before = rows(&identity).await;
        handler.delete().await.unwrap();
        assert_eq!(rows(&identity).await, before, "nothing is over yet");
        identity.clock.advance(Duration::from_hours(24 * 181));
        for _ in 0..2 {
            handler.delete().await.unwrap();
            assert_eq!(rows(&identity).await, [0; 4]);
        }
    }
}
