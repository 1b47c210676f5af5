//! The table `webhook_endpoints`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{JobId, OrganizationId, Page, PageRequest, Position, Timestamp, WebhookEndpointId};
use serde_json::json;

use crate::model::endpoint::{DisabledReason, Endpoint, EndpointContent, EndpointStatus};
use crate::model::event_types::EventTypes;

impl FromRow for Endpoint {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            url: row.column()?,
            description: row.column()?,
            event_types: row.json()?,
            status: row.parsed()?,
            failures: row.column()?,
            failing_since: row.column()?,
            paused_until: row.column()?,
            version: row.column()?,
            created_by: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
            disabled_at: row.column()?,
            disabled_reason: row
                .column::<Option<String>>()?
                .and_then(|reason| reason.parse().ok()),
        })
    }
}

/// One that hears of an event.
pub(crate) struct Listening {
    pub(crate) id: WebhookEndpointId,
    pub(crate) organization: Option<OrganizationId>,
    pub(crate) event_types: EventTypes,
}

impl FromRow for Listening {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            event_types: row.json()?,
        })
    }
}

/// The attempt at a job that works for an endpoint, and nobody else does meanwhile.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Worker {
    pub(crate) job: JobId,
    pub(crate) attempt: u32,
}

/// The endpoints that hear of what happens in an organization or, with none, on the platform. This runs whenever
/// anything happens: it is a look into one index, which finds nothing for most.
pub(crate) async fn list_listening(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
) -> Result<Vec<Listening>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, event_types FROM webhook_endpoints
         WHERE (organization_id = $1{uuid} OR organization_id IS NULL) AND status = 'enabled'",
        args![organization],
    )
    .await
}

/// The places that are taken.
pub(crate) async fn list_places(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
) -> Result<Vec<i64>, DbError> {
    tx.fetch_all(
        "SELECT place FROM webhook_endpoints WHERE organization_id IS NOT DISTINCT FROM $1{uuid} ORDER BY place",
        args![organization],
    )
    .await
}

/// `false` when somebody else took the place.
pub(crate) async fn insert(tx: &mut Tx, endpoint: &Endpoint, place: i64) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO webhook_endpoints
            (id, organization_id, place, url, description, event_types, created_by, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
         ON CONFLICT DO NOTHING",
        args![
            endpoint.id,
            endpoint.organization,
            place,
            &endpoint.url,
            &endpoint.description,
            json!(endpoint.event_types),
            endpoint.created_by,
            endpoint.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn find(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    id: WebhookEndpointId,
) -> Result<Option<Endpoint>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until, version,
                created_by, created_at, updated_at, disabled_at, disabled_reason
         FROM webhook_endpoints
         WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2{uuid}",
        args![id, organization],
    )
    .await
}

/// As [`find`], so that an endpoint is changed by one after the other.
pub(crate) async fn lock(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    id: WebhookEndpointId,
) -> Result<Option<Endpoint>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until, version,
                created_by, created_at, updated_at, disabled_at, disabled_reason
         FROM webhook_endpoints
         WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2{uuid}
         {for_update}",
        args![id, organization],
    )
    .await
}

/// As [`find`], whosever it is: for what works in the background.
pub(crate) async fn find_any(tx: &mut Tx, id: WebhookEndpointId) -> Result<Option<Endpoint>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until, version,
                created_by, created_at, updated_at, disabled_at, disabled_reason
         FROM webhook_endpoints
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    page: &PageRequest,
) -> Result<Page<Endpoint>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let (sql, whose) = match organization {
        Some(organization) => (
            "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until,
                    version, created_by, created_at, updated_at, disabled_at, disabled_reason
             FROM webhook_endpoints
             WHERE organization_id = $1",
            args![organization],
        ),
        None => (
            "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until,
                    version, created_by, created_at, updated_at, disabled_at, disabled_reason
             FROM webhook_endpoints
             WHERE organization_id IS NULL",
            args![],
        ),
    };
    let rows = db
        .fetch_filtered::<Endpoint>(
            sql,
            Filter::new(whose).and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after),
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |endpoint| Position {
        key: endpoint.created_at.to_micros_text(),
        id: endpoint.id.uuid(),
    }))
}

pub(crate) async fn update(
    tx: &mut Tx,
    id: WebhookEndpointId,
    content: &EndpointContent,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_endpoints
         SET url = $2, description = $3, event_types = $4, version = version + 1, updated_at = $5
         WHERE id = $1",
        args![
            id,
            content.url.as_str(),
            content.description.as_str(),
            json!(content.event_types),
            now,
        ],
    )
    .await
    .map(drop)
}

/// Enables it, with its troubles forgotten.
pub(crate) async fn update_enabled(
    tx: &mut Tx,
    id: WebhookEndpointId,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_endpoints
         SET status = $2, failures = 0, failing_since = NULL, paused_until = NULL, disabled_at = NULL,
             disabled_reason = NULL, version = version + 1, updated_at = $3
         WHERE id = $1",
        args![id, EndpointStatus::Enabled.as_str(), now],
    )
    .await
    .map(drop)
}

pub(crate) async fn update_disabled(
    tx: &mut Tx,
    id: WebhookEndpointId,
    reason: DisabledReason,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_endpoints
         SET status = $2, disabled_at = $3, disabled_reason = $4, version = version + 1, updated_at = $3
         WHERE id = $1",
        args![id, EndpointStatus::Disabled.as_str(), now, reason.as_str()],
    )
    .await
    .map(drop)
}

/// An attempt succeeded. This and what follows locks no more of the row than it has to: whoever writes a delivery
/// down would wait.
pub(crate) async fn update_healthy(tx: &mut Tx, id: WebhookEndpointId) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_endpoints SET failures = 0, failing_since = NULL, paused_until = NULL
         WHERE id = $1 AND (failures > 0 OR paused_until IS NOT NULL)",
        args![id],
    )
    .await
    .map(drop)
}

/// An attempt failed; gives the endpoint as it stands then.
pub(crate) async fn update_failing(
    tx: &mut Tx,
    id: WebhookEndpointId,
    now: Timestamp,
) -> Result<Option<Endpoint>, DbError> {
    tx.fetch_optional(
        "UPDATE webhook_endpoints SET failures = failures + 1, failing_since = COALESCE(failing_since, $2)
         WHERE id = $1
         RETURNING id, organization_id, url, description, event_types, status, failures, failing_since, paused_until,
                   version, created_by, created_at, updated_at, disabled_at, disabled_reason",
        args![id, now],
    )
    .await
}

/// Until when it is not asked; with none it is.
pub(crate) async fn update_pause(
    tx: &mut Tx,
    id: WebhookEndpointId,
    until: Option<Timestamp>,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE webhook_endpoints SET paused_until = $2 WHERE id = $1",
        args![id, until],
    )
    .await
    .map(drop)
}

/// Takes an endpoint for a worker, if nobody has it. A job that was broken off takes up its own work again.
pub(crate) async fn update_worker(
    tx: &mut Tx,
    id: WebhookEndpointId,
    worker: Worker,
) -> Result<bool, DbError> {
    let taken = tx.execute(
        "UPDATE webhook_endpoints
         SET worker_job = $2, worker_attempt = $3, worker_until = {after:90 seconds}
         WHERE id = $1 AND (worker_until IS NULL OR worker_until < {now} OR worker_job = $2)",
        args![id, worker.job, worker.attempt],
    );
    Ok(taken.await? == 1)
}

/// Lets the endpoint go; `false` when somebody else has it.
pub(crate) async fn update_no_worker(
    tx: &mut Tx,
    id: WebhookEndpointId,
    worker: Worker,
) -> Result<bool, DbError> {
    let left = tx.execute(
        "UPDATE webhook_endpoints
         SET worker_job = NULL, worker_attempt = NULL, worker_until = NULL
         WHERE id = $1 AND worker_job = $2 AND worker_attempt = $3",
        args![id, worker.job, worker.attempt],
    );
    Ok(left.await? == 1)
}

/// The endpoint, while the worker has it.
pub(crate) async fn find_worked(
    tx: &mut Tx,
    id: WebhookEndpointId,
    worker: Worker,
) -> Result<Option<Endpoint>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, url, description, event_types, status, failures, failing_since, paused_until, version,
                created_by, created_at, updated_at, disabled_at, disabled_reason
         FROM webhook_endpoints
         WHERE id = $1 AND worker_job = $2 AND worker_attempt = $3",
        args![id, worker.job, worker.attempt],
    )
    .await
}

/// Endpoints after `after`, in the order of their ids, that have had something due since `due` and nobody who works
/// for them.
pub(crate) async fn list_forgotten(
    db: &mut impl Executor,
    after: WebhookEndpointId,
    due: Timestamp,
    limit: u32,
) -> Result<Vec<Listening>, DbError> {
    db.fetch_all(
        "SELECT id, organization_id, event_types FROM webhook_endpoints
         WHERE id > $1 AND (worker_until IS NULL OR worker_until < {now}) AND (paused_until IS NULL OR paused_until <= $2)
           AND EXISTS (
               SELECT 1 FROM webhook_deliveries
               WHERE endpoint_id = webhook_endpoints.id AND status = 'pending' AND next_attempt_at <= $2
           )
         ORDER BY id
         LIMIT $3",
        args![after, due, limit],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, id: WebhookEndpointId) -> Result<(), DbError> {
    tx.execute("DELETE FROM webhook_endpoints WHERE id = $1", args![id])
        .await
        .map(drop)
}
