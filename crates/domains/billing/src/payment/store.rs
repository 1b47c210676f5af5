//! The table `payments`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{OrganizationId, Page, PageRequest, PaymentId, Position, Timestamp};
use ports::payments::Checkout;

use super::model::standing::Standing;
use super::model::{Payment, PaymentFilter, PaymentKind, PaymentStatus};

impl FromRow for Payment {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            created_by: row.column()?,
            kind: row.parsed()?,
            provider: row.column()?,
            provider_account: row.column()?,
            provider_reference: row.column()?,
            checkout_reference: row.column()?,
            subscription: row.column()?,
            price: row.column()?,
            quantity: row.column()?,
            amount: row.column()?,
            currency: row.parsed()?,
            standing: Standing {
                status: row.parsed()?,
                reason: row.column()?,
                paid: row.column()?,
                refunded: row.column()?,
                disputed: row.column()?,
                tax: row.column()?,
                fee: row.column()?,
                paid_at: row.column()?,
            },
            description: row.column()?,
            customer_email: row.column()?,
            checkout_url: row.column()?,
            success_url: row.column()?,
            cancel_url: row.column()?,
            metadata: row.column()?,
            version: row.column()?,
            expires_at: row.column()?,
            synced_at: row.column()?,
            next_sync_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// An account at a provider.
pub(crate) type Account<'a> = (&'a str, &'a str);

/// `false` when the provider's payment has a row already.
pub(crate) async fn insert(tx: &mut Tx, payment: &Payment) -> Result<bool, DbError> {
    let standing = &payment.standing;
    let inserted = tx.execute(
        "INSERT INTO payments
            (id, organization_id, created_by, kind, provider, provider_account, provider_reference, checkout_reference,
             subscription_id, price_id, quantity, amount, currency, status, status_reason, description, customer_email,
             success_url, cancel_url, metadata, expires_at, next_sync_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
                 $23, $23)
         ON CONFLICT DO NOTHING",
        args![
            payment.id,
            payment.organization,
            payment.created_by,
            payment.kind.as_str(),
            &payment.provider,
            &payment.provider_account,
            payment.provider_reference.as_ref(),
            payment.checkout_reference.as_ref(),
            payment.subscription,
            payment.price,
            payment.quantity,
            payment.amount,
            payment.currency.code(),
            standing.status.as_str(),
            standing.reason.as_ref(),
            payment.description.as_ref(),
            payment.customer_email.as_ref(),
            payment.success_url.as_ref(),
            payment.cancel_url.as_ref(),
            payment.metadata.clone(),
            payment.expires_at,
            payment.next_sync_at,
            payment.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

/// Of an organization, or with none of any.
pub(crate) async fn find(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    id: PaymentId,
) -> Result<Option<Payment>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, created_by, kind, provider, provider_account, provider_reference, checkout_reference,
                subscription_id, price_id, quantity, amount, currency, status, status_reason, amount_paid,
                amount_refunded, amount_disputed, tax_amount, fee_amount, paid_at, description, customer_email,
                checkout_url, success_url, cancel_url, metadata, version, expires_at, synced_at, next_sync_at, created_at,
                updated_at
         FROM payments
         WHERE id = $1 AND ($2{uuid} IS NULL OR organization_id = $2{uuid})",
        args![id, organization],
    )
    .await
}

/// So that a payment is changed by one after the other.
pub(crate) async fn lock(tx: &mut Tx, id: PaymentId) -> Result<Option<Payment>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, created_by, kind, provider, provider_account, provider_reference, checkout_reference,
                subscription_id, price_id, quantity, amount, currency, status, status_reason, amount_paid,
                amount_refunded, amount_disputed, tax_amount, fee_amount, paid_at, description, customer_email,
                checkout_url, success_url, cancel_url, metadata, version, expires_at, synced_at, next_sync_at, created_at,
                updated_at
         FROM payments
         WHERE id = $1
         {for_update}",
        args![id],
    )
    .await
}

/// Which payment a provider's payment is.
pub(crate) async fn find_by_reference(
    tx: &mut Tx,
    (provider, account): Account<'_>,
    reference: &str,
) -> Result<Option<PaymentId>, DbError> {
    tx.fetch_optional(
        "SELECT id FROM payments WHERE provider = $1 AND provider_account = $2 AND provider_reference = $3",
        args![provider, account, reference],
    )
    .await
}

/// Which payment a provider's page is for.
pub(crate) async fn find_by_checkout(
    tx: &mut Tx,
    (provider, account): Account<'_>,
    checkout: &str,
) -> Result<Option<PaymentId>, DbError> {
    tx.fetch_optional(
        "SELECT id FROM payments WHERE provider = $1 AND provider_account = $2 AND checkout_reference = $3",
        args![provider, account, checkout],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    filter: &PaymentFilter,
    page: &PageRequest,
) -> Result<Page<Payment>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let narrowed = Filter::new(args![])
        .and_some("organization_id = $?{uuid}", filter.organization)
        .and_some("status = $?", filter.status.map(PaymentStatus::as_str))
        .and_some("provider = $?", filter.provider.as_ref())
        .and_some("kind = $?", filter.kind.map(PaymentKind::as_str))
        .and_some("created_at >= $?{timestamptz}", filter.created_after)
        .and_some("created_at < $?{timestamptz}", filter.created_before)
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    let rows = db
        .fetch_filtered::<Payment>(
            "SELECT id, organization_id, created_by, kind, provider, provider_account, provider_reference,
                    checkout_reference, subscription_id, price_id, quantity, amount, currency, status,
                    status_reason, amount_paid, amount_refunded, amount_disputed, tax_amount, fee_amount, paid_at,
                    description, customer_email, checkout_url, success_url, cancel_url, metadata, version, expires_at,
                    synced_at, next_sync_at, created_at, updated_at
             FROM payments
             WHERE id IS NOT NULL",
            narrowed,
            "ORDER BY created_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |payment| Position {
        key: payment.created_at.to_micros_text(),
        id: payment.id.uuid(),
    }))
}

/// Counts a page that is about to be asked for, where none is there yet; which one it is.
pub(crate) async fn update_attempt(
    tx: &mut Tx,
    id: PaymentId,
    now: Timestamp,
) -> Result<Option<i64>, DbError> {
    tx.fetch_optional(
        "UPDATE payments SET attempt = attempt + 1, updated_at = $2
         WHERE id = $1 AND status = 'pending' AND checkout_url IS NULL
         RETURNING attempt",
        args![id, now],
    )
    .await
}

/// The page is there. `false` where there is one already, or the payment was given up meanwhile.
pub(crate) async fn update_checkout(
    tx: &mut Tx,
    id: PaymentId,
    checkout: &Checkout,
    now: Timestamp,
) -> Result<bool, DbError> {
    let updated = tx.execute(
        "UPDATE payments
         SET checkout_reference = $2, checkout_url = $3, expires_at = COALESCE($4{timestamptz}, expires_at),
             version = version + 1, updated_at = $5
         WHERE id = $1 AND status = 'pending' AND checkout_url IS NULL",
        args![
            id,
            checkout.id.as_ref(),
            checkout.url.as_str(),
            checkout.expires_at,
            now
        ],
    );
    Ok(updated.await? == 1)
}

/// What was worked out from `known`. `false` where somebody else was faster.
pub(crate) async fn update(tx: &mut Tx, known: &Payment, now: Timestamp) -> Result<bool, DbError> {
    let standing = &known.standing;
    let updated = tx.execute(
        "UPDATE payments
         SET status = $3, status_reason = $4, amount_paid = $5, amount_refunded = $6, amount_disputed = $7,
             tax_amount = $8, fee_amount = $9, paid_at = $10, provider_reference = $11, customer_email = $12,
             checkout_reference = $13, amount = $14, currency = $15, synced_at = $16, next_sync_at = $17,
             version = version + 1, updated_at = $18
         WHERE id = $1 AND version = $2",
        args![
            known.id,
            known.version,
            standing.status.as_str(),
            standing.reason.as_ref(),
            standing.paid,
            standing.refunded,
            standing.disputed,
            standing.tax,
            standing.fee,
            standing.paid_at,
            known.provider_reference.as_ref(),
            known.customer_email.as_ref(),
            known.checkout_reference.as_ref(),
            known.amount,
            known.currency.code(),
            known.synced_at,
            known.next_sync_at,
            now,
        ],
    );
    Ok(updated.await? == 1)
}

/// It was asked, and nothing about it has changed.
pub(crate) async fn update_asked(
    tx: &mut Tx,
    id: PaymentId,
    synced_at: Option<Timestamp>,
    next_sync_at: Option<Timestamp>,
) -> Result<(), DbError> {
    tx.execute(
        "UPDATE payments SET synced_at = $2, next_sync_at = $3 WHERE id = $1",
        args![id, synced_at, next_sync_at],
    )
    .await
    .map(drop)
}

/// Those that are waited for although their pages were closed before `before`.
pub(crate) async fn list_overdue(
    tx: &mut Tx,
    before: Timestamp,
    limit: u32,
) -> Result<Vec<PaymentId>, DbError> {
    tx.fetch_all(
        "SELECT id FROM payments
         WHERE next_sync_at IS NOT NULL AND expires_at <= $1 AND status <> 'processing'
         ORDER BY id
         LIMIT $2",
        args![before, limit],
    )
    .await
}
