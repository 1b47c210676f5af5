//! What comparing reads of `payments` and `subscriptions`.

use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::{PaymentId, SubscriptionId};

use crate::drift::model::known::Known;

impl FromRow for Known {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            provider_reference: row.column()?,
            status: row.column()?,
            currency: row.parsed()?,
            paid: row.column()?,
            refunded: row.column()?,
            synced_at: row.column()?,
        })
    }
}

/// The payment that a provider knows by this id, or by this page.
pub(crate) async fn find_known(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    id: Option<&str>,
    page: Option<&str>,
) -> Result<Option<Known>, DbError> {
    tx.fetch_optional(
        "SELECT id, provider_reference, status, currency, amount_paid, amount_refunded, synced_at
         FROM payments
         WHERE provider = $1 AND provider_account = $2 AND (provider_reference = $3 OR checkout_reference = $4)
         ORDER BY CASE WHEN provider_reference = $3 THEN 0 ELSE 1 END
         LIMIT 1",
        args![provider, account, id, page],
    )
    .await
}

/// The payment of this id, if it was made in this account.
pub(crate) async fn find_known_by_id(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    id: PaymentId,
) -> Result<Option<Known>, DbError> {
    tx.fetch_optional(
        "SELECT id, provider_reference, status, currency, amount_paid, amount_refunded, synced_at
         FROM payments
         WHERE id = $3 AND provider = $1 AND provider_account = $2",
        args![provider, account, id],
    )
    .await
}

/// The subscription of ours that the provider knows by this id.
pub(crate) async fn find_subscription(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    reference: &str,
) -> Result<Option<SubscriptionId>, DbError> {
    tx.fetch_optional(
        "SELECT id FROM subscriptions
         WHERE provider = $1 AND provider_account = $2 AND provider_reference = $3",
        args![provider, account, reference],
    )
    .await
}
