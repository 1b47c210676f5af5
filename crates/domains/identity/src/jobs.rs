//! Upkeep: what is over is deleted, keys are rotated. Running twice is harmless.

use std::time::Duration;

use async_trait::async_trait;
use db::{DbError, Tx};
use jobs::{Delivery, Handler, Job, JobError};
use serde::{Deserialize, Serialize};

use crate::admission::service::SignUpGate;
use crate::email_change::service::EmailChanges;
use crate::entrance::service::Entrances;
use crate::machinery::Machinery;
use crate::passkey::service::Passkeys;
use crate::password::service::Passwords;
use crate::session::service::Sessions;
use crate::signing_key::service::SigningKeys;
use crate::social::service as social;

/// Ended sessions are kept so long, for their owners to ask about.
const SESSIONS_KEPT: Duration = Duration::from_hours(30 * 24);

/// Deletes what is over: sessions, tickets for the second factor, one-time tokens, counters, kept answers, wrong
/// passwords, known browsers, changes of address and ways to providers.
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
    entrances: Entrances,
    passkeys: Passkeys,
    passwords: Passwords,
    email_changes: EmailChanges,
}

impl DeleteExpiredHandler {
    /// Over the services that keep what is deleted.
    pub fn new(
        machinery: Machinery,
        sessions: Sessions,
        entrances: Entrances,
        passkeys: Passkeys,
        passwords: Passwords,
        email_changes: EmailChanges,
    ) -> Self {
        Self {
            machinery,
            sessions,
            entrances,
            passkeys,
            passwords,
            email_changes,
        }
    }

    async fn delete(&self) -> Result<(), DbError> {
        let now = self.machinery.now();
        delete_guards(&self.machinery).await?;
        self.sessions.delete_expired(now.minus(SESSIONS_KEPT)).await?;
        self.entrances.delete_expired(now).await?;
        self.passkeys.delete_expired(now).await?;
        self.passwords.delete_old(now).await?;
        self.email_changes.delete_expired(now).await?;
        social::delete_expired(&self.machinery, now).await
    }
}

/// What guards the doors: links, counts, kept answers, spent challenges.
pub(crate) async fn delete_guards(machinery: &Machinery) -> Result<(), DbError> {
    let now = machinery.now();
    loop {
        let own = machinery.clone();
        let work = async move |tx: &mut Tx| -> Result<bool, DbError> {
            let tokens = own.one_time_tokens.delete_expired(tx, now).await?;
            let counters = own.limits.delete_expired(tx, now).await?;
            let answers = own.idempotency.delete_expired(tx, now).await?;
            let spent = SignUpGate::delete_spent_in(tx, now).await?;
            Ok(tokens.max(counters).max(answers).max(spent) == guard::BATCH)
        };
        if !machinery.db.write_soft(work).await? {
            return Ok(());
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
    use crate::email_change::model::NewAddress;
    use crate::testing::{Identity, PASSWORD, context};

    async fn rows(identity: &Identity) -> [i64; 5] {
        let count = async |tx: &mut ReadTx| -> Result<[i64; 5], DbError> {
            Ok([
                tx.fetch_one("SELECT count(*) FROM sessions", args![]).await?,
                tx.fetch_one("SELECT count(*) FROM login_failures", args![])
                    .await?,
                tx.fetch_one("SELECT count(*) FROM known_devices", args![])
                    .await?,
                tx.fetch_one("SELECT count(*) FROM rate_counters", args![])
                    .await?,
                tx.fetch_one("SELECT count(*) FROM email_changes", args![])
                    .await?,
            ])
        };
        identity.machinery.db.read(count).await.unwrap()
    }

    fn email_changes(identity: &Identity) -> EmailChanges {
        EmailChanges::new(
            identity.machinery.clone(),
            identity.users.clone(),
            identity.passwords.clone(),
            identity.sessions.clone(),
        )
    }

    #[tokio::test]
    async fn what_is_over_is_deleted_and_twice_is_harmless() {
        let identity = Identity::open().await;
        let ada = identity.person("ada@example.com").await;
        let new = NewAddress {
            email: "ada@example.org".parse().unwrap(),
            password: None,
        };
        email_changes(&identity)
            .request(&context(), ada.user.id, new)
            .await
            .unwrap();
        identity.sign_in("ada@example.com", PASSWORD).await.unwrap();
        identity.sign_in("ada@example.com", "wrong").await.unwrap_err();
        let handler = DeleteExpiredHandler::new(
            identity.machinery.clone(),
            identity.sessions.clone(),
            identity.entrances.clone(),
            identity.passkeys.clone(),
            identity.passwords.clone(),
            email_changes(&identity),
        );
        let before = rows(&identity).await;
        handler.delete().await.unwrap();
        assert_eq!(rows(&identity).await, before, "nothing is over yet");
        // The change could still be taken back, had it come about in its last minute.
        identity.clock.advance(Duration::from_hours(72));
        handler.delete().await.unwrap();
        assert_eq!(rows(&identity).await[4], 1);
        identity.clock.advance(Duration::from_mins(31));
        handler.delete().await.unwrap();
        assert_eq!(rows(&identity).await[4], 0);
        identity.clock.advance(Duration::from_hours(24 * 181));
        for _ in 0..2 {
            handler.delete().await.unwrap();
            assert_eq!(rows(&identity).await, [0; 5]);
        }
    }
}
