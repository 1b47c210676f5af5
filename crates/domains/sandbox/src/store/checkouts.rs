//! The table `sandbox_checkouts`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::Timestamp;

use crate::model::checkout::Checkout;
use crate::store::money;

impl FromRow for Checkout {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            reference: row.column()?,
            price: row.column()?,
            quantity: row.column()?,
            trial_days: row.column()?,
            amount: money(row)?,
            description: row.column()?,
            customer: row.column()?,
            customer_email: row.column()?,
            success_url: row.column()?,
            cancel_url: row.column()?,
            status: row.parsed()?,
            delivery: row.parsed()?,
            payment: row.column()?,
            subscription: row.column()?,
            expires_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, checkout: &Checkout) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_checkouts
            (id, reference, price_id, quantity, trial_days, amount, currency, description, customer_id, customer_email,
             success_url, cancel_url, status, delivery, expires_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $16)",
        args![
            &checkout.id,
            &checkout.reference,
            checkout.price.as_deref(),
            checkout.quantity,
            checkout.trial_days,
            checkout.amount.minor(),
            checkout.amount.currency().code(),
            &checkout.description,
            &checkout.customer,
            checkout.customer_email.as_deref(),
            &checkout.success_url,
            &checkout.cancel_url,
            checkout.status.as_str(),
            checkout.delivery.as_str(),
            checkout.expires_at,
            checkout.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Checkout>, DbError> {
    db.fetch_optional(
        "SELECT id, reference, price_id, quantity, trial_days, amount, currency, description, customer_id, customer_email,
                success_url, cancel_url, status, delivery, payment_id, subscription_id, expires_at, created_at
         FROM sandbox_checkouts
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The row stays locked until the transaction ends: a page is paid once.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Checkout>, DbError> {
    tx.fetch_optional(
        "SELECT id, reference, price_id, quantity, trial_days, amount, currency, description, customer_id, customer_email,
                success_url, cancel_url, status, delivery, payment_id, subscription_id, expires_at, created_at
         FROM sandbox_checkouts
         WHERE id = $1
         {for_update}",
        args![id],
    )
    .await
}

/// The latest page that was made under a reference.
pub(crate) async fn find_by_reference(
    db: &mut impl Executor,
    reference: &str,
) -> Result<Option<Checkout>, DbError> {
    db.fetch_optional(
        "SELECT id, reference, price_id, quantity, trial_days, amount, currency, description, customer_id, customer_email,
                success_url, cancel_url, status, delivery, payment_id, subscription_id, expires_at, created_at
         FROM sandbox_checkouts
         WHERE reference = $1
         ORDER BY created_at DESC, id DESC
         LIMIT 1",
        args![reference],
    )
    .await
}

/// Those that were made last.
pub(crate) async fn list_latest(db: &mut impl Executor, limit: u32) -> Result<Vec<Checkout>, DbError> {
    db.fetch_all(
        "SELECT id, reference, price_id, quantity, trial_days, amount, currency, description, customer_id, customer_email,
                success_url, cancel_url, status, delivery, payment_id, subscription_id, expires_at, created_at
         FROM sandbox_checkouts
         ORDER BY created_at DESC, id DESC
         LIMIT $1",
        args![limit],
    )
    .await
}

/// Pages whose time is over.
pub(crate) async fn list_overdue(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, DbError> {
    tx.fetch_all(
        "SELECT id FROM sandbox_checkouts WHERE status = 'open' AND expires_at <= $1 ORDER BY expires_at LIMIT $2",
        args![now, limit],
    )
    .await
}

/// What changes about a page that is locked.
pub(crate) async fn update(tx: &mut Tx, checkout: &Checkout, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE sandbox_checkouts
         SET status = $2, delivery = $3, payment_id = $4, subscription_id = $5, updated_at = $6
         WHERE id = $1",
        args![
            &checkout.id,
            checkout.status.as_str(),
            checkout.delivery.as_str(),
            checkout.payment.as_deref(),
            checkout.subscription.as_deref(),
            now,
        ],
    )
    .await
    .map(drop)
}
