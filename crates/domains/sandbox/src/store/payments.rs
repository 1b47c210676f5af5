//! The table `sandbox_payments`.

use db::{DbError, Executor, FromRow, Row, Tx, args};
use kernel::{Money, Timestamp};

use crate::model::payment::{Payment, PaymentStatus};
use crate::store::{money, word};

impl FromRow for Payment {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id = row.column()?;
        let checkout = row.column()?;
        let reference = row.column()?;
        let subscription = row.column()?;
        let invoice = row.column()?;
        let customer = row.column()?;
        let customer_email = row.column()?;
        let description = row.column()?;
        let amount = money(row)?;
        let refunded = Money::new(row.column()?, amount.currency());
        let status = row.parsed()?;
        let failure_code = row.column()?;
        let delivery = row.parsed()?;
        let settles_at: Option<Timestamp> = row.column()?;
        let settles_as: Option<PaymentStatus> = word(row)?;
        Ok(Self {
            id,
            checkout,
            reference,
            subscription,
            invoice,
            customer,
            customer_email,
            description,
            amount,
            refunded,
            status,
            failure_code,
            delivery,
            settles: settles_at.zip(settles_as),
            paid_at: row.column()?,
            created_at: row.column()?,
        })
    }
}

pub(crate) async fn insert(tx: &mut Tx, payment: &Payment) -> Result<(), DbError> {
    tx.execute(
        "INSERT INTO sandbox_payments
            (id, checkout_id, reference, subscription_id, invoice_id, customer_id, customer_email, description, amount,
             currency, status, failure_code, delivery, settles_at, settles_as, paid_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $17)",
        args![
            &payment.id,
            payment.checkout.as_deref(),
            payment.reference.as_deref(),
            payment.subscription.as_deref(),
            payment.invoice.as_deref(),
            &payment.customer,
            payment.customer_email.as_deref(),
            &payment.description,
            payment.amount.minor(),
            payment.amount.currency().code(),
            payment.status.as_str(),
            payment.failure_code.as_deref(),
            payment.delivery.as_str(),
            payment.settles.map(|(at, _)| at),
            payment.settles.map(|(_, status)| status.as_str()),
            payment.paid_at,
            payment.created_at,
        ],
    )
    .await
    .map(drop)
}

pub(crate) async fn find(db: &mut impl Executor, id: &str) -> Result<Option<Payment>, DbError> {
    db.fetch_optional(
        "SELECT id, checkout_id, reference, subscription_id, invoice_id, customer_id, customer_email, description, amount,
                currency, amount_refunded, status, failure_code, delivery, settles_at, settles_as, paid_at, created_at
         FROM sandbox_payments
         WHERE id = $1",
        args![id],
    )
    .await
}

/// The row stays locked until the transaction ends: what is left of a payment is given back once.
pub(crate) async fn lock(tx: &mut Tx, id: &str) -> Result<Option<Payment>, DbError> {
    tx.fetch_optional(
        "SELECT id, checkout_id, reference, subscription_id, invoice_id, customer_id, customer_email, description, amount,
                currency, amount_refunded, status, failure_code, delivery, settles_at, settles_as, paid_at, created_at
         FROM sandbox_payments
         WHERE id = $1
         {for_update}",
        args![id],
    )
    .await
}

/// Those that were made last.
pub(crate) async fn list_latest(db: &mut impl Executor, limit: u32) -> Result<Vec<Payment>, DbError> {
    db.fetch_all(
        "SELECT id, checkout_id, reference, subscription_id, invoice_id, customer_id, customer_email, description, amount,
                currency, amount_refunded, status, failure_code, delivery, settles_at, settles_as, paid_at, created_at
         FROM sandbox_payments
         ORDER BY created_at DESC, id DESC
         LIMIT $1",
        args![limit],
    )
    .await
}

/// Those whose money arrives by now, or is known not to.
pub(crate) async fn list_settling(tx: &mut Tx, now: Timestamp, limit: u32) -> Result<Vec<String>, DbError> {
    tx.fetch_all(
        "SELECT id FROM sandbox_payments WHERE settles_at <= $1 ORDER BY settles_at LIMIT $2",
        args![now, limit],
    )
    .await
}

/// What changes about a payment that is locked.
pub(crate) async fn update(tx: &mut Tx, payment: &Payment, now: Timestamp) -> Result<(), DbError> {
    tx.execute(
        "UPDATE sandbox_payments
         SET amount_refunded = $2, status = $3, failure_code = $4, delivery = $5, settles_at = $6, settles_as = $7,
             paid_at = $8, updated_at = $9
         WHERE id = $1",
        args![
            &payment.id,
            payment.refunded.minor(),
            payment.status.as_str(),
            payment.failure_code.as_deref(),
            payment.delivery.as_str(),
            payment.settles.map(|(at, _)| at),
            payment.settles.map(|(_, status)| status.as_str()),
            payment.paid_at,
            now,
        ],
    )
    .await
    .map(drop)
}
