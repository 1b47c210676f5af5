//! The SQL of the queue. `{now}` is the database's clock, which all nodes share; theirs may differ.

use std::time::Duration;

use db::{DbError, Executor, Tx, args};
use kernel::{JobId, OrganizationId, Timestamp};
use serde_json::json;
use uuid::Uuid;

use crate::lane::Lane;
use crate::lease::{Abandoned, Claimed, Lease};

/// A job on its way into the table.
#[derive(Debug, Clone)]
pub(crate) struct NewJob {
    pub(crate) id: JobId,
    pub(crate) kind: &'static str,
    pub(crate) payload: serde_json::Value,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) lane: Lane,
    pub(crate) priority: i32,
    pub(crate) delay: Duration,
    pub(crate) max_attempts: u32,
    pub(crate) unique_key: Option<String>,
    pub(crate) created_at: Timestamp,
}

/// Gives the id of the waiting job of that key when there is one.
pub(crate) async fn insert(tx: &mut Tx, job: &NewJob) -> Result<JobId, DbError> {
    tx.fetch_one(
        "INSERT INTO jobs (id, kind, payload, organization_id, priority, run_at, max_attempts, unique_key, created_at)
         VALUES ($1, $2, $3, $4, $5, {after_ms:$6}, $7, $8, $9)
         ON CONFLICT (kind, unique_key) WHERE unique_key IS NOT NULL AND lease_until IS NULL
         DO UPDATE SET run_at = CASE WHEN excluded.run_at < jobs.run_at THEN excluded.run_at ELSE jobs.run_at END
         RETURNING id",
        args![
            job.id,
            job.kind,
            &job.payload,
            job.organization,
            job.priority,
            milliseconds(job.delay),
            job.max_attempts,
            &job.unique_key,
            job.created_at,
        ],
    )
    .await
}

/// Many without a unique key, all due after `delay`.
pub(crate) async fn insert_all(tx: &mut Tx, jobs: &[NewJob], delay: Duration) -> Result<(), DbError> {
    let rows: Vec<_> = jobs
        .iter()
        .map(|job| {
            json!({
                "id": job.id.uuid(),
                "payload": job.payload,
                "organization": job.organization.map(OrganizationId::uuid),
                "priority": job.priority,
            })
        })
        .collect();
    let Some(first) = jobs.first() else { return Ok(()) };
    tx.execute(
        "INSERT INTO jobs (id, kind, payload, organization_id, priority, run_at, max_attempts, created_at)
         SELECT {uuid_of:each.value->>'id'}, $2{text}, each.value->'payload', {uuid_of:each.value->>'organization'},
             CAST(each.value->>'priority' AS BIGINT), {after_ms:$3}, $4{bigint}, $5{timestamptz}
         FROM {each:$1}",
        args![
            serde_json::Value::Array(rows),
            first.kind,
            milliseconds(delay),
            first.max_attempts,
            first.created_at,
        ],
    )
    .await
    .map(drop)
}

/// Takes up to `limit` due jobs of these kinds. The attempt is counted here, so that a job that kills
/// its process can't do so for ever.
///
/// PostgreSQL's planner guesses how many rows pass a condition, and when a backlog is younger than
/// its statistics it guesses too few and sorts all of them each time. It does not look into a `CASE`.
pub(crate) async fn claim(
    tx: &mut Tx,
    kinds: &[&str],
    limit: usize,
    lease: Duration,
    owner: Uuid,
) -> Result<Vec<Claimed>, DbError> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    tx.fetch_all(
        "WITH due AS (
             SELECT id FROM jobs
             WHERE run_at <= (SELECT {now}) AND CASE WHEN lease_until IS NULL THEN kind {in_texts:$1} ELSE FALSE END
             ORDER BY priority, run_at, id
             LIMIT $2
             {for_update_skip_locked}
         )
         UPDATE jobs
         SET attempt = attempt + 1, lease_until = {after_ms:$3}, lease_owner = $4
         WHERE id IN (SELECT id FROM due)
         RETURNING id, attempt, lease_owner, kind, payload, max_attempts, priority, run_at, {now}",
        args![json!(kinds), limit, milliseconds(lease), owner],
    )
    .await
}

/// Makes the leases of `jobs` last `lease` from now; gives those that the process still holds.
pub(crate) async fn update_leases(
    tx: &mut Tx,
    owner: Uuid,
    jobs: &[JobId],
    lease: Duration,
) -> Result<Vec<Lease>, DbError> {
    tx.fetch_all(
        "UPDATE jobs
         SET lease_until = {after_ms:$1}
         WHERE id {in_uuids:$2} AND lease_owner = $3 AND lease_until IS NOT NULL
         RETURNING id, attempt, lease_owner",
        args![milliseconds(lease), uuids(jobs), owner],
    )
    .await
}

/// Completes a job; `false` when the lease is not held any more.
pub(crate) async fn delete(tx: &mut Tx, lease: Lease) -> Result<bool, DbError> {
    let deleted = tx.execute(
        "DELETE FROM jobs
         WHERE id = $1 AND attempt = $2 AND lease_owner = $3 AND lease_until IS NOT NULL",
        args![lease.job, lease.attempt, lease.owner],
    );
    Ok(deleted.await? == 1)
}

/// Completes jobs that are at the same attempt; gives those whose lease was held.
pub(crate) async fn delete_all(
    tx: &mut Tx,
    owner: Uuid,
    attempt: u32,
    jobs: &[JobId],
) -> Result<Vec<JobId>, DbError> {
    tx.fetch_all(
        "DELETE FROM jobs
         WHERE id {in_uuids:$1} AND attempt = $2 AND lease_owner = $3 AND lease_until IS NOT NULL
         RETURNING id",
        args![uuids(jobs), attempt, owner],
    )
    .await
}

/// Puts a job back to wait for `delay`; `false` when the lease is not held any more. When another
/// one of its key waits meanwhile, both will run: this one gives up its key. An attempt that is not to count keeps
/// its number, which is part of the fence, so there is `more` to come.
pub(crate) async fn update_to_waiting(
    tx: &mut Tx,
    lease: Lease,
    delay: Duration,
    error: Option<&str>,
    more: u32,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE jobs
         SET lease_until = NULL, lease_owner = NULL, run_at = {after_ms:$4}, last_error = COALESCE($5, last_error),
             max_attempts = max_attempts + $6,
             unique_key = CASE WHEN EXISTS (
                 SELECT 1 FROM jobs AS twin
                 WHERE twin.kind = jobs.kind AND twin.unique_key = jobs.unique_key AND twin.lease_until IS NULL
             ) THEN NULL ELSE unique_key END
         WHERE id = $1 AND attempt = $2 AND lease_owner = $3 AND lease_until IS NOT NULL",
        args![lease.job, lease.attempt, lease.owner, milliseconds(delay), error, more],
    );
    Ok(updated.await? == 1)
}

/// Moves a job to the dead; `false` when the lease is not held any more.
pub(crate) async fn insert_dead(tx: &mut Tx, lease: Lease, error: &str) -> Result<bool, DbError> {
    let gone = tx.fetch_optional::<Gone>(
        "DELETE FROM jobs
         WHERE id = $1 AND attempt = $2 AND lease_owner = $3 AND lease_until IS NOT NULL
         RETURNING kind, payload, organization_id, created_at",
        args![lease.job, lease.attempt, lease.owner],
    );
    let Some((kind, payload, organization, created_at)) = gone.await? else {
        return Ok(false);
    };
    tx.execute(
        "INSERT INTO dead_jobs (id, kind, payload, organization_id, attempts, last_error, created_at, died_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, {now})",
        args![lease.job, kind, payload, organization, lease.attempt, error, created_at],
    )
    .await?;
    Ok(true)
}

type Gone = (String, serde_json::Value, Option<OrganizationId>, Timestamp);

/// Leases that ran out: their holders are dead, or as good as.
pub(crate) async fn lock_expired(tx: &mut Tx, limit: i64) -> Result<Vec<Abandoned>, DbError> {
    tx.fetch_all(
        "SELECT id, attempt, lease_owner, kind, max_attempts
         FROM jobs
         WHERE lease_until IS NOT NULL AND lease_until < (SELECT {now})
         ORDER BY lease_until
         LIMIT $1
         {for_update_skip_locked}",
        args![limit],
    )
    .await
}

/// Leases of other starts of the program.
pub(crate) async fn lock_of_others(tx: &mut Tx, owner: Uuid, limit: i64) -> Result<Vec<Abandoned>, DbError> {
    tx.fetch_all(
        "SELECT id, attempt, lease_owner, kind, max_attempts
         FROM jobs
         WHERE lease_until IS NOT NULL AND lease_owner <> $1
         ORDER BY lease_until
         LIMIT $2
         {for_update_skip_locked}",
        args![owner, limit],
    )
    .await
}

/// For how long the job that is next has been due.
pub(crate) async fn find_lag(db: &mut impl Executor) -> Result<Option<Duration>, DbError> {
    let next = db.fetch_optional::<(Timestamp, Timestamp)>(
        "SELECT run_at, {now} FROM jobs
         WHERE run_at <= (SELECT {now}) AND CASE WHEN lease_until IS NULL THEN TRUE ELSE FALSE END
         ORDER BY priority, run_at, id
         LIMIT 1",
        args![],
    );
    Ok(next.await?.map(|(run_at, now)| now.since(run_at)))
}

/// The database's clock.
pub(crate) async fn get_now(db: &mut impl Executor) -> Result<Timestamp, DbError> {
    db.fetch_one("SELECT {now}", args![]).await
}

/// The latest tick of a schedule. One far in the future comes from a clock that was wrong, and does
/// not count.
pub(crate) async fn find_latest_tick(tx: &mut Tx, schedule: &str) -> Result<Option<Timestamp>, DbError> {
    tx.fetch_one(
        "SELECT MAX(tick) FROM schedule_ticks WHERE schedule = $1 AND tick <= {after:60 seconds}",
        args![schedule],
    )
    .await
}

/// `false` when another node was first.
pub(crate) async fn insert_tick(tx: &mut Tx, schedule: &str, tick: Timestamp) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO schedule_ticks (schedule, tick) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        args![schedule, tick],
    );
    Ok(inserted.await? == 1)
}

/// Forgets ticks before `tick`.
pub(crate) async fn delete_ticks_before(
    tx: &mut Tx,
    schedule: &str,
    tick: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM schedule_ticks WHERE schedule = $1 AND tick < $2",
        args![schedule, tick],
    )
    .await
}

fn milliseconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn uuids(jobs: &[JobId]) -> serde_json::Value {
    jobs.iter().map(|job| json!(job.uuid())).collect()
}
