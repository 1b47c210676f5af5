//! The SQL of the log. Entries are never changed, but for their place in a chain, once.

use db::{Args, DbError, Executor, Filter, FromRow, ReadTx, Row, Tx, args};
use kernel::{OrganizationId, Page, PageRequest, Position, Timestamp};
use uuid::Uuid;

use crate::chain::{Hash, Sealed, Tail};
use crate::model::{
    Activity, ActivityFilter, Listed, Target, actor_id, actor_kind, actor_of, outcome_of, outcome_word,
};

pub(crate) async fn insert(tx: &mut Tx, activity: &Activity) -> Result<(), DbError> {
    let target = activity.target.as_ref();
    tx.execute(
        "INSERT INTO activity_logs (id, organization_id, actor_kind, actor_id, on_behalf_of, action, target_kind,
             target_id, outcome, data, ip, user_agent, request_id, occurred_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)",
        args![
            activity.id,
            activity.organization,
            actor_kind(activity.actor),
            actor_id(activity.actor),
            activity.on_behalf_of,
            &activity.action,
            target.map(|target| &target.kind),
            target.map(|target| target.id),
            outcome_word(activity.outcome),
            &activity.data,
            activity.ip.as_ref(),
            activity.user_agent.as_ref(),
            activity.request_id.as_ref(),
            activity.occurred_at,
        ],
    )
    .await?;
    Ok(())
}

/// What happened in an organization, the latest first.
pub(crate) async fn list_of_organization(
    db: &mut ReadTx,
    organization: OrganizationId,
    filter: &ActivityFilter,
    page: &PageRequest,
) -> Result<Page<Listed>, DbError> {
    let filter = narrowed(Filter::new(args![organization]), filter, page)?;
    let rows = db.fetch_filtered::<Listed>(
        "SELECT log.id, log.organization_id, log.actor_kind, log.actor_id, log.on_behalf_of, log.action,
             log.target_kind, log.target_id, log.outcome, log.data, log.ip, log.user_agent, log.request_id,
             log.occurred_at, users.name
         FROM activity_logs AS log
         LEFT JOIN users ON log.actor_kind = 'user' AND users.id = log.actor_id
         WHERE log.organization_id = $1",
        filter,
        "ORDER BY log.occurred_at DESC, log.id DESC LIMIT $?",
        args![page.fetch_limit()],
    );
    Ok(Page::from_fetched(rows.await?, page, position))
}

/// What happened anywhere, the latest first.
pub(crate) async fn list(
    db: &mut ReadTx,
    filter: &ActivityFilter,
    page: &PageRequest,
) -> Result<Page<Listed>, DbError> {
    let filter = narrowed(Filter::new(args![]), filter, page)?;
    let rows = db.fetch_filtered::<Listed>(
        "SELECT log.id, log.organization_id, log.actor_kind, log.actor_id, log.on_behalf_of, log.action,
             log.target_kind, log.target_id, log.outcome, log.data, log.ip, log.user_agent, log.request_id,
             log.occurred_at, users.name
         FROM activity_logs AS log
         LEFT JOIN users ON log.actor_kind = 'user' AND users.id = log.actor_id
         WHERE TRUE",
        filter,
        "ORDER BY log.occurred_at DESC, log.id DESC LIMIT $?",
        args![page.fetch_limit()],
    );
    Ok(Page::from_fetched(rows.await?, page, position))
}

fn narrowed(to: Filter, filter: &ActivityFilter, page: &PageRequest) -> Result<Filter, DbError> {
    let actor = filter.actor.map(|actor| actor.0);
    let target = filter.target.map(|target| args![target.noun(), target.uuid()]);
    let after = page.after.as_ref().map(after).transpose()?;
    Ok(to
        .and_some("log.actor_kind = $?", actor.map(actor_kind))
        .and_some("log.actor_id = $?", actor.and_then(actor_id))
        .and_some("log.action = $?", filter.action.as_ref())
        .and_args("log.target_kind = $? AND log.target_id = $?", target)
        .and_some("log.occurred_at >= $?", filter.since)
        .and_some("log.occurred_at < $?", filter.until)
        .and_some("log.ip = $?", filter.ip.map(|ip| ip.to_string()))
        .and_args("(log.occurred_at, log.id) < ($?{timestamptz}, $?{uuid})", after))
}

fn after(position: &Position) -> Result<Args, DbError> {
    let occurred_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
    Ok(args![occurred_at, position.id])
}

fn position(listed: &Listed) -> Position {
    Position {
        key: listed.activity.occurred_at.to_micros_text(),
        id: listed.activity.id.uuid(),
    }
}

/// The oldest entries that are in no chain yet.
pub(crate) async fn list_unsealed(tx: &mut Tx, limit: i64) -> Result<Vec<Activity>, DbError> {
    tx.fetch_all(
        "SELECT id, organization_id, actor_kind, actor_id, on_behalf_of, action, target_kind, target_id, outcome, data,
             ip, user_agent, request_id, occurred_at
         FROM activity_logs
         WHERE hash IS NULL
         ORDER BY occurred_at, id
         LIMIT $1",
        args![limit],
    )
    .await
}

pub(crate) async fn count_unsealed(db: &mut ReadTx) -> Result<i64, DbError> {
    db.fetch_one("SELECT COUNT(*) FROM activity_logs WHERE hash IS NULL", args![])
        .await
}

/// `false` when the entry is in a chain already.
pub(crate) async fn update_sealed(tx: &mut Tx, sealed: &Sealed) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE activity_logs SET seq = $2, prev_hash = $3, hash = $4 WHERE id = $1 AND hash IS NULL",
        args![sealed.activity.id, sealed.seq, sealed.previous, sealed.hash],
    );
    Ok(updated.await? == 1)
}

/// The end of a chain, which starts here when it has none. Whoever holds its row is the only one to lengthen
/// the chain.
pub(crate) async fn lock_chain(
    tx: &mut Tx,
    chain: Uuid,
    start: Tail,
    now: Timestamp,
) -> Result<Tail, DbError> {
    tx.fetch_one(
        "INSERT INTO activity_chains (chain_id, last_seq, last_hash, updated_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (chain_id) DO UPDATE SET updated_at = excluded.updated_at
         RETURNING last_seq, last_hash",
        args![chain, start.seq, start.hash, now],
    )
    .await
}

pub(crate) async fn update_chain(tx: &mut Tx, chain: Uuid, end: Tail, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE activity_chains SET last_seq = $2, last_hash = $3, updated_at = $4 WHERE chain_id = $1",
        args![chain, end.seq, end.hash, now],
    )
    .await?;
    Ok(())
}

/// Chains and their ends, by id.
pub(crate) async fn list_chains(
    db: &mut ReadTx,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, Tail)>, DbError> {
    let chains = db.fetch_filtered::<Chain>(
        "SELECT chain_id, last_seq, last_hash FROM activity_chains WHERE TRUE",
        Filter::new(args![]).and_some("chain_id > $?", after),
        "ORDER BY chain_id LIMIT $?",
        args![limit],
    );
    Ok(chains
        .await?
        .into_iter()
        .map(|chain| (chain.id, chain.end))
        .collect())
}

/// Chains that have entries, but no record of their end.
pub(crate) async fn list_unrecorded(db: &mut ReadTx) -> Result<Vec<Option<OrganizationId>>, DbError> {
    db.fetch_all(
        "SELECT DISTINCT log.organization_id
         FROM activity_logs AS log
         WHERE log.seq IS NOT NULL AND NOT EXISTS (
             SELECT 1 FROM activity_chains AS chain WHERE chain.chain_id = COALESCE(log.organization_id, $1{uuid})
         )",
        args![Uuid::nil()],
    )
    .await
}

/// A part of a chain, from the entry after number `after`.
pub(crate) async fn list_sealed(
    db: &mut ReadTx,
    organization: Option<OrganizationId>,
    after: i64,
    limit: i64,
) -> Result<Vec<Sealed>, DbError> {
    let of_chain = match organization {
        Some(organization) => Filter::new(args![after]).and("organization_id = $?", args![organization]),
        None => Filter::new(args![after]).and("organization_id IS NULL", args![]),
    };
    db.fetch_filtered(
        "SELECT id, organization_id, actor_kind, actor_id, on_behalf_of, action, target_kind, target_id, outcome, data,
             ip, user_agent, request_id, occurred_at, seq, prev_hash, hash
         FROM activity_logs
         WHERE seq > $1",
        of_chain,
        "ORDER BY seq LIMIT $?",
        args![limit],
    )
    .await
}

struct Chain {
    id: Uuid,
    end: Tail,
}

impl FromRow for Chain {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            end: Tail::from_row(row)?,
        })
    }
}

impl FromRow for Tail {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            seq: row.column()?,
            hash: row.column()?,
        })
    }
}

impl FromRow for Activity {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, organization) = (row.column()?, row.column()?);
        let (actor_kind, actor_id): (String, _) = (row.column()?, row.column()?);
        Ok(Self {
            id,
            organization,
            actor: actor_of(&actor_kind, actor_id).ok_or_else(|| unreadable(2, "no such actor"))?,
            on_behalf_of: row.column()?,
            action: row.column()?,
            target: target_of(row.column()?, row.column()?),
            outcome: outcome_of(&row.column::<String>()?).ok_or_else(|| unreadable(8, "no such outcome"))?,
            data: row.column()?,
            ip: row.column()?,
            user_agent: row.column()?,
            request_id: row.column()?,
            occurred_at: row.column()?,
        })
    }
}

fn target_of(kind: Option<String>, id: Option<Uuid>) -> Option<Target> {
    Some(Target { kind: kind?, id: id? })
}

fn unreadable(index: usize, reason: &str) -> DbError {
    DbError::Column {
        index,
        reason: reason.into(),
    }
}

impl FromRow for Listed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            activity: Activity::from_row(row)?,
            actor_name: row.column()?,
        })
    }
}

impl FromRow for Sealed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            activity: Activity::from_row(row)?,
            seq: row.column()?,
            previous: row.column::<Option<Hash>>()?.unwrap_or_default(),
            hash: row.column::<Option<Hash>>()?.unwrap_or_default(),
        })
    }
}
