//! The tables `entitlement_plans`, `entitlement_plan_features` and `entitlement_subscriptions`.

use db::{DbError, Executor as _, Tx, args};
use kernel::event::subscription::{PlanSaved, SubscriptionUpdated};
use kernel::{OrganizationId, PlanId, SubscriptionId, Timestamp};
use serde_json::{Value, json};

pub(super) async fn update_plan(tx: &mut Tx, plan: &PlanSaved, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO entitlement_plans (id, key, name, updated_at)
         VALUES ($1, $2, $3, $4)
         ON CONFLICT (id) DO UPDATE SET key = excluded.key, name = excluded.name, updated_at = excluded.updated_at",
        args![plan.plan_id, &plan.key, &plan.name, now],
    )
    .await
    .map(drop)
}

pub(super) async fn delete_features(tx: &mut Tx, plan: PlanId) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM entitlement_plan_features WHERE plan_id = $1",
        args![plan],
    )
    .await
    .map(drop)
}

pub(super) async fn insert_features(tx: &mut Tx, plan: &PlanSaved) -> Result<(), DbError> {
    let features = plan.features.iter().map(|(feature, grant)| {
        json!({
            "feature": feature,
            "limit": grant.limit.map(|limit| limit.to_string()),
            "is_per_seat": i64::from(grant.is_per_seat).to_string(),
            "period": grant.period,
        })
    });
    tx.execute(
        "INSERT INTO entitlement_plan_features (plan_id, feature, usage_limit, is_per_seat, period)
         SELECT $1{uuid}, each.value->>'feature', CAST(each.value->>'limit' AS bigint),
                each.value->>'is_per_seat' = '1', each.value->>'period'
         FROM {each:$2}",
        args![plan.plan_id, features.collect::<Value>()],
    )
    .await
    .map(drop)
}

/// What a subscription is now, unless something newer was heard, or the organization is gone, which is another
/// domain's to know. Who is past due and does not say since when is since this was first heard.
pub(super) async fn update_subscription(
    tx: &mut Tx,
    event: &SubscriptionUpdated,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO entitlement_subscriptions
            (id, organization_id, plan_id, status, quantity, current_period_start, current_period_end, trial_end,
             cancel_at, past_due_since, pause_mode, version, updated_at)
         SELECT $1{uuid}, $2{uuid}, $3{uuid}, $4{text}, $5{bigint}, $6{timestamptz}, $7{timestamptz}, $8{timestamptz},
                $9{timestamptz}, CASE WHEN $4{text} = 'past_due' THEN coalesce($10{timestamptz}, $13{timestamptz}) END,
                $11{text}, $12{bigint}, $13{timestamptz}
         WHERE EXISTS (SELECT 1 FROM organizations WHERE id = $2{uuid})
         ON CONFLICT (id) DO UPDATE SET
            organization_id = excluded.organization_id, plan_id = excluded.plan_id, status = excluded.status,
            quantity = excluded.quantity, current_period_start = excluded.current_period_start,
            current_period_end = excluded.current_period_end, trial_end = excluded.trial_end,
            cancel_at = excluded.cancel_at,
            past_due_since = CASE WHEN excluded.status = 'past_due'
                THEN coalesce($10{timestamptz}, entitlement_subscriptions.past_due_since, excluded.past_due_since) END,
            pause_mode = excluded.pause_mode, version = excluded.version, updated_at = excluded.updated_at
         WHERE entitlement_subscriptions.version < excluded.version",
        args![
            event.subscription_id,
            event.organization_id,
            event.plan_id,
            &event.status,
            event.quantity,
            event.current_period_start,
            event.current_period_end,
            event.trial_end,
            event.cancel_at,
            event.past_due_since,
            event.pause_mode.as_ref(),
            event.version,
            now,
        ],
    )
    .await
    .map(drop)
}

/// What was known stays as it was; what is older than this comes too late from now on.
pub(super) async fn update_version(
    tx: &mut Tx,
    id: SubscriptionId,
    version: i64,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE entitlement_subscriptions SET version = $2, updated_at = $3 WHERE id = $1 AND version < $2",
        args![id, version, now],
    )
    .await
    .map(drop)
}

pub(super) async fn delete_of_organization(tx: &mut Tx, organization: OrganizationId) -> Result<(), DbError> {
    tx.execute(
        "DELETE FROM entitlement_subscriptions WHERE organization_id = $1",
        args![organization],
    )
    .await
    .map(drop)
}
