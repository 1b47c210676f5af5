//! The table `sandbox_subscriptions`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::Timestamp;
use ports::payments::PauseMode;

use crate::model::subscription::{Subscription, pause_name};

impl FromRow for Subscription {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id = row.column()?;
        let reference = row.column()?;
        let customer = row.column()?;
        let customer_email = row.column()?;
        let price = row.column()?;
        let quantity = row.column()?;
        let status = row.parsed()?;
        let card_fails = row.column()?;
        let balance = row.column()?;
        let delivery = row.parsed()?;
        let period_start = row.column()?;
        let period_end = row.column()?;
        let trial_end = row.column()?;
        let cancel_at = row.column()?;
        let ended_at = row.column()?;
        let pause: Option<String> = row.column()?;
        Ok(Self {
            id,
            reference,
            customer,
            customer_email,
            price,
            quantity,
            status,
            card_fails,
            balance,
            delivery,
            period_start,
            period_end,
            trial_end,
            cancel_at,
            ended_at,
            pause: pause.map(|name| match name.as_str() {
                "free" => PauseMode::Free,
                _ => PauseMode::Void,
            }),
            resumes_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, subscription: &Subscription) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_subscriptions
            (id, reference, customer_id, customer_email, price_id, quantity, status, delivery, current_period_start,
             current_period_end, trial_end, next_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        args![
            &subscription.id,
            &subscription.reference,
            &subscription.customer,
            subscription.customer_email.as_deref(),
            &subscription.price,
            subscription.quantity,
            subscription.status.as_str(),
            subscription.delivery.as_str(),
            subscription.period_start,
            subscription.period_end,
            subscription.trial_end,
            subscription.next_at(None),
            subscription.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Subscription>, DbError> {
    db.fetch_optional(
        "SELECT id, reference, customer_id, customer_email, price_id, quantity, status, card_fails, balance, delivery,
                current_period_start, current_period_end, trial_end, cancel_at, ended_at, pause_mode, resumes_at, created_at
         FROM sandbox_subscriptions
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The row stays locked until the transaction ends: a period ends once.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Subscription>, DbError> {
    tx.fetch_optional(
        "SELECT id, reference, customer_id, customer_email, price_id, quantity, status, card_fails, balance, delivery,
                current_period_start, current_period_end, trial_end, cancel_at, ended_at, pause_mode, resumes_at, created_at
         FROM sandbox_subscriptions
         WHERE id = $1
         {for_update}",
        args![id],
    )
    .await
}

/// The latest ones, of a customer or of all.
pub(crate) async fn list_latest(
    db: &mut impl Executor,
    customer: Option<&str>,
    limit: u32,
) -> Result<Vec<Subscription>, DbError> {
    db.fetch_filtered(
        "SELECT id, reference, customer_id, customer_email, price_id, quantity, status, card_fails, balance, delivery,
                current_period_start, current_period_end, trial_end, cancel_at, ended_at, pause_mode, resumes_at, created_at
         FROM sandbox_subscriptions
         WHERE id <> ''",
        Filter::new(args![]).and_some("customer_id = $?", customer),
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![limit],
    )
    .await
}

/// Those to which something happens by now.
pub(crate) async fn list_due(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, DbError> {
    tx.fetch_all(
        "SELECT id FROM sandbox_subscriptions WHERE next_at <= $1 ORDER BY next_at LIMIT $2",
        args![now, limit],
    )
    .await
}

/// What changes about a subscription that is locked.
pub(crate) async fn update(
    tx: &mut Tx,
    subscription: &Subscription,
    next_at: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE sandbox_subscriptions
         SET price_id = $2, quantity = $3, status = $4, card_fails = $5, balance = $6, current_period_start = $7,
             current_period_end = $8, trial_end = $9, cancel_at = $10, ended_at = $11, pause_mode = $12, resumes_at = $13,
             next_at = $14, updated_at = $15
         WHERE id = $1",
        args![
            &subscription.id,
            &subscription.price,
            subscription.quantity,
            subscription.status.as_str(),
            subscription.card_fails,
            subscription.balance,
            subscription.period_start,
            subscription.period_end,
            subscription.trial_end,
            subscription.cancel_at,
            subscription.ended_at,
            subscription.pause.map(pause_name),
            subscription.resumes_at,
            next_at,
            now,
        ],
    )
    .await
    .map(drop)
}
