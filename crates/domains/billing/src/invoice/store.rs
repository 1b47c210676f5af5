//! The tables `invoices` and `invoice_series`.

use db::{Args, DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{InvoiceId, OrganizationId, Page, PageRequest, PaymentId, Position, SubscriptionId, Timestamp};
use serde_json::json;

use super::model::{Content, Invoice, InvoiceFilter, InvoiceStatus, Numbered};

impl FromRow for Invoice {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            kind: row.parsed()?,
            corrects: row.column()?,
            organization: row.column()?,
            subscription: row.column()?,
            payment: row.column()?,
            provider: row.column()?,
            account: row.column()?,
            reference: row.column()?,
            number: row.column()?,
            content: Content {
                status: row.parsed()?,
                billing_reason: row.column()?,
                subtotal: row.column()?,
                tax: row.column()?,
                total: row.column()?,
                paid: row.column()?,
                currency: row.parsed()?,
                hosted_url: row.column()?,
                pdf_url: row.column()?,
                attempts: row.column()?,
                next_attempt_at: row.column()?,
                period_start: row.column()?,
                period_end: row.column()?,
                paid_at: row.column()?,
            },
            lines: row.json()?,
            billed_to: row.json()?,
            seller: row.json()?,
            issued_at: row.column()?,
            version: row.column()?,
            synced_at: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// One column that is an id.
struct Named(InvoiceId);

impl FromRow for Named {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column().map(Self)
    }
}

/// One column that is a number.
struct Number(i64);

impl FromRow for Number {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        row.column().map(Self)
    }
}

/// What is known of a payment that a bill is for.
pub(super) struct PaidFor {
    pub(super) payment: PaymentId,
    pub(super) organization: OrganizationId,
    pub(super) subscription: Option<SubscriptionId>,
}

impl FromRow for PaidFor {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            payment: row.column()?,
            organization: row.column()?,
            subscription: row.column()?,
        })
    }
}

/// One, of the organization where one is named.
pub(super) async fn find(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    id: InvoiceId,
) -> Result<Option<Invoice>, DbError> {
    db.fetch_optional(
        "SELECT id, kind, corrects_id, organization_id, subscription_id, payment_id, provider, provider_account, provider_reference,
                number, status, billing_reason, subtotal, tax_amount, total, amount_paid, currency, hosted_url, pdf_url, attempts,
                next_attempt_at, period_start, period_end, paid_at, lines, billed_to, seller, issued_at, version, synced_at,
                created_at, updated_at
         FROM invoices
         WHERE id = $1 AND ($2{uuid} IS NULL OR organization_id = $2{uuid})",
        args![id, organization],
    )
    .await
}

/// The one that a provider's account calls so, to itself until the end of the transaction.
pub(super) async fn lock_named(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    reference: &str,
) -> Result<Option<Invoice>, DbError> {
    let found: Option<Named> = tx
        .fetch_optional(
            "SELECT id FROM invoices
             WHERE provider = $1 AND provider_account = $2 AND provider_reference = $3
             {for_update}",
            args![provider, account, reference],
        )
        .await?;
    match found {
        Some(Named(id)) => find(tx, None, id).await,
        None => Ok(None),
    }
}

/// The receipt for a payment, to itself until the end of the transaction.
pub(super) async fn lock_receipt(tx: &mut Tx, payment: PaymentId) -> Result<Option<Invoice>, DbError> {
    let found: Option<Named> = tx
        .fetch_optional(
            "SELECT id FROM invoices WHERE payment_id = $1 AND kind = 'receipt' {for_update}",
            args![payment],
        )
        .await?;
    match found {
        Some(Named(id)) => find(tx, None, id).await,
        None => Ok(None),
    }
}

/// What was credited of a receipt until now, in all and of its taxes; a locked receipt gets no other credit note
/// meanwhile.
pub(super) async fn get_credited(tx: &mut Tx, receipt: InvoiceId) -> Result<Credited, DbError> {
    tx.fetch_one(
        "SELECT CAST(COALESCE(SUM(total), 0) AS bigint), CAST(COALESCE(SUM(tax_amount), 0) AS bigint)
         FROM invoices
         WHERE corrects_id = $1",
        args![receipt],
    )
    .await
}

/// Sums of credit notes.
pub(super) struct Credited {
    pub(super) total: i64,
    pub(super) tax: i64,
}

impl FromRow for Credited {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            total: row.column()?,
            tax: row.column()?,
        })
    }
}

/// The payment that a provider's account calls so.
pub(super) async fn find_payment(
    tx: &mut Tx,
    (provider, account): (&str, &str),
    reference: &str,
) -> Result<Option<PaidFor>, DbError> {
    tx.fetch_optional(
        "SELECT id, organization_id, subscription_id FROM payments
         WHERE provider = $1 AND provider_account = $2 AND provider_reference = $3",
        args![provider, account, reference],
    )
    .await
}

/// The newest first.
pub(super) async fn list(
    db: &mut impl Executor,
    filter: InvoiceFilter,
    page: &PageRequest,
) -> Result<Page<Invoice>, DbError> {
    let after: Option<Args> = match &page.after {
        Some(position) => {
            let issued_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![issued_at, position.id])
        }
        None => None,
    };
    let rows = db
        .fetch_filtered::<Invoice>(
            "SELECT id, kind, corrects_id, organization_id, subscription_id, payment_id, provider, provider_account,
                    provider_reference, number, status, billing_reason, subtotal, tax_amount, total, amount_paid, currency,
                    hosted_url, pdf_url, attempts, next_attempt_at, period_start, period_end, paid_at, lines, billed_to, seller,
                    issued_at, version, synced_at, created_at, updated_at
             FROM invoices
             WHERE TRUE",
            Filter::new(args![])
                .and_some("organization_id = $?", filter.organization)
                .and_some("status = $?", filter.status.map(InvoiceStatus::as_str))
                .and_some("subscription_id = $?", filter.subscription)
                .and_some("payment_id = $?", filter.payment)
                .and_args("(issued_at, id) < ($?{timestamptz}, $?{uuid})", after),
            "ORDER BY issued_at DESC, id DESC LIMIT $?",
            args![page.fetch_limit()],
        )
        .await?;
    Ok(Page::from_fetched(rows, page, |invoice| Position {
        key: invoice.issued_at.to_micros_text(),
        id: invoice.id.uuid(),
    }))
}

/// The next number of a series. Its row is locked until the transaction ends, so a number that is not used after all is
/// given out again: there are no gaps.
pub(super) async fn increment(tx: &mut Tx, series: &str) -> Result<i64, DbError> {
    let next: Number = tx
        .fetch_one(
            "INSERT INTO invoice_series (series, last_sequence) VALUES ($1, 1)
             ON CONFLICT (series) DO UPDATE SET last_sequence = invoice_series.last_sequence + 1
             RETURNING last_sequence",
            args![series],
        )
        .await?;
    Ok(next.0)
}

/// `false` when it is there already.
pub(super) async fn insert(
    tx: &mut Tx,
    invoice: &Invoice,
    numbered: Option<&Numbered>,
) -> Result<bool, DbError> {
    let content = &invoice.content;
    let inserted = tx.execute(
        "INSERT INTO invoices
            (id, kind, corrects_id, organization_id, subscription_id, payment_id, provider, provider_account, provider_reference,
             series, sequence, number, status, billing_reason, subtotal, tax_amount, total, amount_paid, currency, lines,
             billed_to, seller, hosted_url, pdf_url, attempts, next_attempt_at, period_start, period_end, issued_at, paid_at,
             synced_at, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24,
                 $25, $26, $27, $28, $29, $30, $31, $32, $32)
         ON CONFLICT DO NOTHING",
        args![
            invoice.id,
            invoice.kind.as_str(),
            invoice.corrects,
            invoice.organization,
            invoice.subscription,
            invoice.payment,
            &invoice.provider,
            &invoice.account,
            &invoice.reference,
            numbered.map(|numbered| numbered.series.clone()),
            numbered.map(|numbered| numbered.sequence),
            &invoice.number,
            content.status.as_str(),
            &content.billing_reason,
            content.subtotal,
            content.tax,
            content.total,
            content.paid,
            content.currency.code(),
            json!(invoice.lines),
            json!(invoice.billed_to),
            json!(invoice.seller),
            &content.hosted_url,
            &content.pdf_url,
            content.attempts,
            content.next_attempt_at,
            content.period_start,
            content.period_end,
            invoice.issued_at,
            content.paid_at,
            invoice.synced_at,
            invoice.created_at,
        ],
    );
    Ok(inserted.await? == 1)
}

/// Writes down what a provider's invoice is now, if it is the version that was looked at.
pub(super) async fn update(tx: &mut Tx, invoice: &Invoice, now: Timestamp) -> Result<bool, DbError> {
    let content = &invoice.content;
    let updated = tx.execute(
        "UPDATE invoices
         SET subscription_id = $3, payment_id = $4, number = $5, status = $6, billing_reason = $7, subtotal = $8,
             tax_amount = $9, total = $10, amount_paid = $11, currency = $12, hosted_url = $13, pdf_url = $14, attempts = $15,
             next_attempt_at = $16, period_start = $17, period_end = $18, paid_at = $19, synced_at = $20, issued_at = $21,
             updated_at = $22, version = version + 1
         WHERE id = $1 AND version = $2 AND kind = 'invoice'",
        args![
            invoice.id,
            invoice.version,
            invoice.subscription,
            invoice.payment,
            &invoice.number,
            content.status.as_str(),
            &content.billing_reason,
            content.subtotal,
            content.tax,
            content.total,
            content.paid,
            content.currency.code(),
            &content.hosted_url,
            &content.pdf_url,
            content.attempts,
            content.next_attempt_at,
            content.period_start,
            content.period_end,
            content.paid_at,
            invoice.synced_at,
            invoice.issued_at,
            now,
        ],
    );
    Ok(updated.await? == 1)
}
