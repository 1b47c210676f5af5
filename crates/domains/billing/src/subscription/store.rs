//! The table `subscriptions`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{OrganizationId, Page, PageRequest, PlanId, Position, SubscriptionId, Timestamp};
use ports::payments::Checkout;
use serde_json::json;

use super::model::{CheckoutPage, PauseState, State, Status, Subscription, SubscriptionFilter};

impl FromRow for Subscription {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let (id, organization, created_by) = (row.column()?, row.column()?, row.column()?);
        let (provider, account) = (row.column()?, row.column()?);
        let state = state(row)?;
        Ok(Self {
            id,
            organization,
            created_by,
            provider,
            account,
            state,
            checkout: CheckoutPage {
                attempt: row.column()?,
                reference: row.column()?,
                url: row.column()?,
                expires_at: row.column()?,
                trial_days: row.column::<Option<i64>>()?.and_then(|days| days.try_into().ok()),
                success_url: row.column()?,
                cancel_url: row.column()?,
            },
            follows_members: row.column()?,
            metadata: row.json()?,
            version: row.column()?,
            synced_at: row.column()?,
            next_sync_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

fn state(row: &mut Row<'_>) -> Result<State, DbError> {
    let mut state = State {
        reference: row.column()?,
        item: row.column()?,
        customer: row.column()?,
        customer_email: row.column()?,
        plan: row.column()?,
        price: row.column()?,
        status: row.parsed()?,
        reason: row.column()?,
        quantity: row.column()?,
        pending_price: row.column()?,
        pending_quantity: row
            .column::<Option<i64>>()?
            .and_then(|count| count.try_into().ok()),
        current_period_start: row.column()?,
        current_period_end: row.column()?,
        trial_end: row.column()?,
        cancel_at: row.column()?,
        canceled_at: row.column()?,
        ended_at: row.column()?,
        past_due_since: row.column()?,
        pause: None,
    };
    let mode: Option<String> = row.column()?;
    let resumes_at: Option<Timestamp> = row.column()?;
    let mode = mode
        .map(|mode| mode.parse().map_err(DbError::internal))
        .transpose()?;
    state.pause = mode.map(|mode| PauseState { mode, resumes_at });
    Ok(state)
}

/// One column that is a number.
struct Number(u32);

impl FromRow for Number {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column().map(Self)
    }
}

/// One column that is an id.
struct Named(SubscriptionId);

impl FromRow for Named {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column().map(Self)
    }
}

/// `false` when the organization has a live one to the plan: the index `subscriptions_live_key` decides, so that of
/// two that are started at once one is.
pub(super) async fn insert(tx: &mut Tx, subscription: &Subscription) -> Result<bool, DbError> {
    let (state, checkout) = (&subscription.state, &subscription.checkout);
    let inserted = tx.execute(
        "INSERT INTO subscriptions
            (id, organization_id, created_by, provider, provider_account, customer_reference, customer_email, plan_id, price_id,
             status, quantity, checkout_expires_at, trial_days, success_url, cancel_url, quantity_follows_members, metadata,
             next_sync_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $19)
         ON CONFLICT DO NOTHING",
        args![
            subscription.id,
            subscription.organization,
            subscription.created_by,
            &subscription.provider,
            &subscription.account,
            &state.customer,
            &state.customer_email,
            state.plan,
            state.price,
            state.status.as_str(),
            state.quantity,
            checkout.expires_at,
            checkout.trial_days,
            &checkout.success_url,
            &checkout.cancel_url,
            subscription.follows_members,
            json!(subscription.metadata),
            subscription.next_sync_at,
            subscription.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(super) async fn find(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    id: SubscriptionId,
) -> Result<Option<Subscription>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, created_by, provider, provider_account, provider_reference, provider_item, customer_reference,
                customer_email, plan_id, price_id, status, status_reason, quantity, pending_price_id, pending_quantity,
                current_period_start, current_period_end, trial_end, cancel_at, canceled_at, ended_at, past_due_since, pause_mode,
                resumes_at, attempt, checkout_reference, checkout_url, checkout_expires_at, trial_days, success_url, cancel_url,
                quantity_follows_members, metadata, version, synced_at, next_sync_at, created_at, updated_at
         FROM subscriptions
         WHERE id = $1 AND ($2{uuid} IS NULL OR organization_id = $2{uuid})",
        args![id, organization],
    )
    .await
}

/// Has it to itself until the end of the transaction.
pub(super) async fn lock(tx: &mut Tx, id: SubscriptionId) -> Result<Option<Subscription>, DbError> {
    let found: Option<Named> = tx
        .fetch_optional(
            "SELECT id FROM subscriptions WHERE id = $1 {for_update}",
            args![id],
        )
        .await?;
    match found {
        Some(Named(id)) => find(tx, None, id).await,
        None => Ok(None),
    }
}

/// The one that a provider's account calls so.
pub(super) async fn find_named(
    db: &mut impl Executor,
    (provider, account): (&str, &str),
    reference: &str,
) -> Result<Option<SubscriptionId>, DbError> {
    let found: Option<Named> = db
        .fetch_optional(
            "SELECT id FROM subscriptions WHERE provider = $1 AND provider_account = $2 AND provider_reference = $3",
            args![provider, account, reference],
        )
        .await?;
    Ok(found.map(|Named(id)| id))
}

/// Another live one of the organization to the plan.
pub(super) async fn find_rival(
    tx: &mut Tx,
    subscription: &Subscription,
    plan: PlanId,
) -> Result<Option<SubscriptionId>, DbError> {
    let found: Option<Named> = tx
        .fetch_optional(
            "SELECT id FROM subscriptions
             WHERE organization_id = $1 AND plan_id = $2 AND id <> $3
               AND status IN ('incomplete', 'trialing', 'active', 'past_due', 'unpaid', 'paused')",
            args![subscription.organization, plan, subscription.id],
        )
        .await?;
    Ok(found.map(|Named(id)| id))
}

/// The newest one of the organization there that a page for customers can be made for.
pub(super) async fn find_newest(
    db: &mut impl Executor,
    organization: OrganizationId,
    (provider, account): (&str, &str),
) -> Result<Option<SubscriptionId>, DbError> {
    let found: Option<Named> = db
        .fetch_optional(
            "SELECT id FROM subscriptions
             WHERE organization_id = $1 AND provider = $2 AND provider_account = $3
               AND (provider_reference IS NOT NULL OR customer_reference IS NOT NULL)
             ORDER BY created_at DESC, id DESC
             LIMIT 1",
            args![organization, provider, account],
        )
        .await?;
    Ok(found.map(|Named(id)| id))
}

/// One of the organization to the plan that began with days that cost nothing.
pub(super) async fn find_tried(
    tx: &mut Tx,
    organization: OrganizationId,
    plan: PlanId,
) -> Result<Option<SubscriptionId>, DbError> {
    let sql = "SELECT id FROM subscriptions WHERE organization_id = $1 AND plan_id = $2 AND trial_end IS NOT NULL LIMIT 1";
    let found: Option<Named> = tx.fetch_optional(sql, args![organization, plan]).await?;
    Ok(found.map(|Named(id)| id))
}

/// Those of an organization that are not over.
pub(super) async fn list_unfinished(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<SubscriptionId>, DbError> {
    let found: Vec<Named> = tx
        .fetch_all(
            "SELECT id FROM subscriptions WHERE organization_id = $1 AND status NOT IN ('canceled', 'expired')",
            args![organization],
        )
        .await?;
    Ok(found.into_iter().map(|Named(id)| id).collect())
}

/// Those of an organization whose seats are its members.
pub(super) async fn list_following(
    tx: &mut Tx,
    organization: OrganizationId,
) -> Result<Vec<SubscriptionId>, DbError> {
    let found: Vec<Named> = tx
        .fetch_all(
            "SELECT id FROM subscriptions
             WHERE organization_id = $1 AND quantity_follows_members AND provider_reference IS NOT NULL
               AND status IN ('trialing', 'active', 'past_due', 'paused')",
            args![organization],
        )
        .await?;
    Ok(found.into_iter().map(|Named(id)| id).collect())
}

/// Those that nobody has paid for, and nobody can any more.
pub(super) async fn list_overdue(
    db: &mut impl Executor,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<SubscriptionId>, DbError> {
    let found: Vec<Named> = db
        .fetch_all(
            "SELECT id FROM subscriptions
             WHERE status = 'incomplete' AND provider_reference IS NULL AND checkout_expires_at < $1
             ORDER BY checkout_expires_at
             LIMIT $2",
            args![before, limit],
        )
        .await?;
    Ok(found.into_iter().map(|Named(id)| id).collect())
}

/// The newest first.
pub(super) async fn list(
    db: &mut impl Executor,
    filter: SubscriptionFilter,
    page: &PageRequest,
) -> Result<Page<Subscription>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let rows = db
        .fetch_filtered::<Subscription>(
            "SELECT id, organization_id, created_by, provider, provider_account, provider_reference, provider_item,
                    customer_reference, customer_email, plan_id, price_id, status, status_reason, quantity, pending_price_id,
                    pending_quantity, current_period_start, current_period_end, trial_end, cancel_at, canceled_at, ended_at,
                    past_due_since, pause_mode, resumes_at, attempt, checkout_reference, checkout_url, checkout_expires_at,
                    trial_days, success_url, cancel_url, quantity_follows_members, metadata, version, synced_at, next_sync_at,
                    created_at, updated_at
             FROM subscriptions
             WHERE TRUE",
            Filter::new(args![])
                .and_some("organization_id = $?", filter.organization)
                .and_some("status = $?", filter.status.map(Status::as_str))
                .and_some("plan_id = $?", filter.plan)
                .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after),
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |subscription| Position {
        key: subscription.created_at.to_micros_text(),
        id: subscription.id.uuid(),
    }))
}

/// Writes down what a subscription is now, if it is the version that was looked at.
pub(super) async fn update(
    tx: &mut Tx,
    subscription: &Subscription,
    now: Timestamp,
) -> Result<bool, DbError> {
    let state = &subscription.state;
    let updated = tx.execute(
        "UPDATE subscriptions
         SET provider_reference = $3, provider_item = $4, customer_reference = $5, customer_email = $6, plan_id = $7,
             price_id = $8, status = $9, status_reason = $10, quantity = $11, pending_price_id = $12, pending_quantity = $13,
             current_period_start = $14, current_period_end = $15, trial_end = $16, cancel_at = $17, canceled_at = $18,
             ended_at = $19, past_due_since = $20, pause_mode = $21, resumes_at = $22, synced_at = $23, next_sync_at = $24,
             updated_at = $25, version = version + 1
         WHERE id = $1 AND version = $2",
        args![
            subscription.id,
            subscription.version,
            &state.reference,
            &state.item,
            &state.customer,
            &state.customer_email,
            state.plan,
            state.price,
            state.status.as_str(),
            &state.reason,
            state.quantity,
            state.pending_price,
            state.pending_quantity,
            state.current_period_start,
            state.current_period_end,
            state.trial_end,
            state.cancel_at,
            state.canceled_at,
            state.ended_at,
            state.past_due_since,
            state.pause.map(|pause| pause.mode.as_str()),
            state.pause.and_then(|pause| pause.resumes_at),
            subscription.synced_at,
            subscription.next_sync_at,
            now,
        ],
    );
    Ok(updated.await? == 1)
}

/// The provider was asked and said nothing new.
pub(super) async fn update_synced(tx: &mut Tx, subscription: &Subscription) -> Result<(), DbError> {
    tx.execute(
        "UPDATE subscriptions SET synced_at = $2, next_sync_at = $3 WHERE id = $1",
        args![subscription.id, subscription.synced_at, subscription.next_sync_at],
    )
    .await
    .map(drop)
}

/// Counts a page that is asked for, while there is none; gives the number.
pub(super) async fn update_attempt(tx: &mut Tx, id: SubscriptionId) -> Result<Option<u32>, DbError> {
    let counted: Option<Number> = tx
        .fetch_optional(
            "UPDATE subscriptions SET attempt = attempt + 1
             WHERE id = $1 AND status = 'incomplete' AND checkout_url IS NULL
             RETURNING attempt",
            args![id],
        )
        .await?;
    Ok(counted.map(|Number(attempt)| attempt))
}

/// Remembers the page, if there is none yet: the one that is shown.
pub(super) async fn update_checkout(
    tx: &mut Tx,
    id: SubscriptionId,
    checkout: &Checkout,
    next_sync_at: Timestamp,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE subscriptions
         SET checkout_reference = $2, checkout_url = $3, checkout_expires_at = COALESCE($4{timestamptz}, checkout_expires_at),
             customer_reference = COALESCE($5{text}, customer_reference), next_sync_at = $6
         WHERE id = $1 AND status = 'incomplete' AND checkout_url IS NULL",
        args![
            id,
            &checkout.id,
            checkout.url.as_str(),
            checkout.expires_at,
            &checkout.customer,
            next_sync_at,
        ],
    );
    Ok(updated.await? == 1)
}
