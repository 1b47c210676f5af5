//! A request with an `Idempotency-Key` does its work once, and answers the same whenever it is sent again
//! (draft-ietf-httpapi-idempotency-key-header-07).
//!
//! The key is written in the transaction of the work: it is there exactly when the work is. A second request
//! that comes while the first still works waits for that transaction, and then sees its answer.

mod store;

use std::time::Duration;

use crypto::{MasterKey, Sealer};
use db::{DbError, Executor, Tx};
use kernel::context::Idempotency;
use kernel::{Failure, FailureKind, RequestContext, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// How long an answer is kept.
const KEPT: Duration = Duration::from_hours(24);

/// Remembers answers, sealed, since they may hold secrets. Cheap to clone.
#[derive(Clone)]
pub struct IdempotencyKeys {
    sealer: Sealer,
}

/// Why a key does not lead to an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum IdempotencyError {
    /// The key came with another request before.
    #[error("this idempotency key was used for another request; use a new key for each request")]
    Reused,
    /// The request of this key is still being worked on.
    #[error("the request with this idempotency key is still in progress; try again in a moment")]
    InProgress,
    /// The answer can't be written down or read again.
    #[error("the answer of this idempotency key can't be kept or read")]
    Unreadable,
}

impl IdempotencyKeys {
    /// Answers sealed under the installation's key.
    pub fn new(master: &MasterKey) -> Self {
        Self {
            sealer: master.sealer("idempotent answers"),
        }
    }

    /// Does `work`, or answers what it answered when the same request was made before. Without a key in the
    /// context, the work is just done. When it fails, the key is free again.
    pub async fn once<T, E>(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        now: Timestamp,
        work: impl AsyncFnOnce(&mut Tx) -> Result<T, E>,
    ) -> Result<T, E>
    where
        T: Serialize + DeserializeOwned,
        E: From<DbError> + From<IdempotencyError>,
    {
        let Some(idempotency) = context.idempotency.as_deref() else {
            return work(tx).await;
        };
        match store::insert(tx, idempotency, now, now.plus(KEPT)).await {
            Ok(true) => {}
            Ok(false) => return self.replay(tx, idempotency).await,
            Err(DbError::LockTimeout(_)) => return Err(IdempotencyError::InProgress.into()),
            Err(error) => return Err(error.into()),
        }
        let result = work(tx).await?;
        let json = serde_json::to_vec(&result).map_err(|_| IdempotencyError::Unreadable)?;
        let sealed = self.sealer.seal(&json, &associated(idempotency));
        store::update(tx, idempotency, sealed).await?;
        Ok(result)
    }

    /// What the same request was answered before, if it was. For work that is prepared before its transaction, and
    /// must not fail for what has changed since; [`Self::once`] decides in the transaction.
    pub async fn answered<T, E>(
        &self,
        db: &mut impl Executor,
        context: &RequestContext,
        now: Timestamp,
    ) -> Result<Option<T>, E>
    where
        T: DeserializeOwned,
        E: From<DbError> + From<IdempotencyError>,
    {
        let Some(idempotency) = context.idempotency.as_deref() else {
            return Ok(None);
        };
        match store::find(db, idempotency).await? {
            Some(kept) if kept.expires_at > now => self.read(kept, idempotency).map(Some),
            _ => Ok(None),
        }
    }

    /// Deletes up to [`crate::BATCH`] answers that are no longer kept.
    pub async fn delete_expired(&self, tx: &mut Tx, now: Timestamp) -> Result<u64, DbError> {
        store::delete_expired(tx, now).await
    }

    async fn replay<T, E>(&self, tx: &mut Tx, idempotency: &Idempotency) -> Result<T, E>
    where
        T: DeserializeOwned,
        E: From<DbError> + From<IdempotencyError>,
    {
        let kept = store::find(tx, idempotency).await?;
        // Gone between the two statements: its time ran out, or its transaction failed.
        let kept = kept.ok_or(IdempotencyError::InProgress)?;
        self.read(kept, idempotency)
    }

    fn read<T, E>(&self, kept: store::Kept, idempotency: &Idempotency) -> Result<T, E>
    where
        T: DeserializeOwned,
        E: From<IdempotencyError>,
    {
        if kept.fingerprint != idempotency.fingerprint {
            return Err(IdempotencyError::Reused.into());
        }
        let sealed = kept.sealed_result.ok_or(IdempotencyError::InProgress)?;
        let json = self.sealer.open(&sealed, &associated(idempotency));
        let json = json.ok_or(IdempotencyError::Unreadable)?;
        let result = serde_json::from_slice(&json).map_err(|_| IdempotencyError::Unreadable)?;
        idempotency.mark_replayed();
        Ok(result)
    }
}

impl Failure for IdempotencyError {
    fn kind(&self) -> FailureKind {
        match self {
            Self::Reused => FailureKind::Invalid,
            Self::InProgress => FailureKind::Conflict,
            Self::Unreadable => FailureKind::Internal,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::Reused => "idempotency_key_reused",
            Self::InProgress => "idempotency_in_progress",
            Self::Unreadable => "internal",
        }
    }

    fn retry_after(&self) -> Option<Duration> {
        (*self == Self::InProgress).then_some(Duration::from_secs(1))
    }
}

/// Whose answer it is: it can't be moved to another key.
fn associated(idempotency: &Idempotency) -> Vec<u8> {
    let Idempotency { scope, key, .. } = idempotency;
    [scope.as_bytes(), &[0], key.as_bytes()].concat()
}

#[cfg(test)]
mod tests;
