//! The table `payment_locks`: who asks for which object, and how well that goes.

use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::{JobId, Timestamp};

use crate::inbox::model::Object;

/// The attempt at a job that has an object to itself.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Holder {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
}

/// How asking for an object went until now.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    /// How often in a row it was in vain.
    pub(crate) failures: i64,
    /// Before when it is not asked for again.
    pub(crate) not_before: Option<Timestamp>,
}

impl FromRow for Record {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            failures: row.column()?,
            not_before: row.column()?,
        })
    }
}

/// Takes an object, if nobody has it; none when somebody does. A job that was broken off takes up its own work
/// again. What a holder that lives longer than its time does then comes to nothing: see [`delete_held`].
pub(crate) async fn insert_held(
    tx: &mut Tx,
    object: &Object,
    holder: Holder,
) -> Result<Option<Record>, DbError> {
    tx.fetch_optional(
        "INSERT INTO payment_locks (provider, provider_account, object, job_id, job_attempt, held_until)
         VALUES ($1, $2, $3, $4, $5, {after:120 seconds})
         ON CONFLICT (provider, provider_account, object)
         DO UPDATE SET job_id = excluded.job_id, job_attempt = excluded.job_attempt, held_until = excluded.held_until
         WHERE payment_locks.held_until IS NULL OR payment_locks.held_until < {now}
            OR payment_locks.job_id = excluded.job_id
         RETURNING failures, not_before",
        args![
            &object.provider,
            &object.account,
            object.name(),
            holder.job,
            holder.attempt
        ],
    )
    .await
}

/// Lets an object go that was not asked for.
pub(crate) async fn update_released(tx: &mut Tx, object: &Object, holder: Holder) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_locks SET held_until = NULL
         WHERE provider = $1 AND provider_account = $2 AND object = $3 AND job_id = $4 AND job_attempt = $5",
        args![
            &object.provider,
            &object.account,
            object.name(),
            holder.job,
            holder.attempt
        ],
    )
    .await
    .map(drop)
}

/// Lets an object go that was asked for in vain; `false` when somebody else has it.
pub(crate) async fn update_failed(
    tx: &mut Tx,
    object: &Object,
    holder: Holder,
    record: Record,
) -> Result<bool, DbError> {
    let left = tx.execute(
        "UPDATE payment_locks SET held_until = NULL, failures = $6, not_before = $7
         WHERE provider = $1 AND provider_account = $2 AND object = $3 AND job_id = $4 AND job_attempt = $5
           AND held_until IS NOT NULL",
        args![
            &object.provider,
            &object.account,
            object.name(),
            holder.job,
            holder.attempt,
            record.failures,
            record.not_before,
        ],
    );
    Ok(left.await? == 1)
}

/// Lets an object go and forgets how asking for it went; `false` when somebody else has it, whose answer is newer.
pub(crate) async fn delete_held(tx: &mut Tx, object: &Object, holder: Holder) -> Result<bool, DbError> {
    let left = tx.execute(
        "DELETE FROM payment_locks
         WHERE provider = $1 AND provider_account = $2 AND object = $3 AND job_id = $4 AND job_attempt = $5
           AND held_until IS NOT NULL",
        args![
            &object.provider,
            &object.account,
            object.name(),
            holder.job,
            holder.attempt
        ],
    );
    Ok(left.await? == 1)
}

/// Lets an object be asked for after `not_before` at the latest.
pub(crate) async fn update_sooner(
    tx: &mut Tx,
    object: &Object,
    not_before: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_locks SET not_before = $4
         WHERE provider = $1 AND provider_account = $2 AND object = $3 AND not_before > $4",
        args![&object.provider, &object.account, object.name(), not_before],
    )
    .await
    .map(drop)
}

/// Lets an object be asked for at once, as if that had never failed.
pub(crate) async fn update_forgiven(tx: &mut Tx, object: &Object) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payment_locks SET failures = 0, not_before = NULL
         WHERE provider = $1 AND provider_account = $2 AND object = $3",
        args![&object.provider, &object.account, object.name()],
    )
    .await
    .map(drop)
}
