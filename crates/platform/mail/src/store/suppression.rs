//! The table `suppressions`.

use db::{DbError, Executor, Filter, FromRow, ReadTx, Row, Tx, args};
use kernel::{EmailAddress, MessageId, OrganizationId, PageRequest, SuppressionId, Timestamp};
use serde_json::json;

use super::after;
use crate::category::Category;
use crate::model::{NewSuppression, Suppression, SuppressionFilter, SuppressionReason};

impl FromRow for Suppression {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            organization: row.column()?,
            email: row.column()?,
            category: row.column::<String>()?.parse().ok(),
            reason: row.parsed()?,
            detail: row.column()?,
            message: row.column()?,
            created_by: row.column()?,
            created_at: row.column()?,
        })
    }
}

/// An address with the reason why it gets no mail.
struct Suppressed(String, SuppressionReason);

impl FromRow for Suppressed {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.column()?, row.parsed()?))
    }
}

struct Reason(SuppressionReason);

impl FromRow for Reason {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self(row.parsed()?))
    }
}

/// The category as its column holds it.
fn column(category: Option<&Category>) -> &str {
    category.map_or("", Category::as_str)
}

/// `false` when the address is there already for the same mail, or the organization is gone.
pub(crate) async fn insert_suppression(
    tx: &mut Tx,
    id: SuppressionId,
    new: &NewSuppression,
    now: Timestamp,
) -> Result<bool, DbError> {
    let inserted = tx.execute(
        "INSERT INTO suppressions (
            id,
            organization_id,
            email,
            email_norm,
            category,
            reason,
            detail,
            message_id,
            created_by,
            created_at
        )
        SELECT
            $1{uuid},
            $2{uuid},
            $3{text},
            $4{text},
            $5{text},
            $6{text},
            $7{text},
            $8{uuid},
            $9{uuid},
            $10{timestamptz}
        WHERE $2{uuid} IS NULL OR EXISTS (SELECT 1 FROM organizations WHERE id = $2{uuid})
        ON CONFLICT DO NOTHING",
        args![
            id,
            new.organization,
            &new.email,
            new.email.normalized(),
            column(new.category.as_ref()),
            new.reason.as_str(),
            &new.detail,
            new.message,
            new.created_by,
            now,
        ],
    );
    Ok(inserted.await? == 1)
}

pub(crate) async fn delete_suppression(
    tx: &mut Tx,
    id: SuppressionId,
    organization: Option<OrganizationId>,
) -> Result<Option<Suppression>, DbError> {
    tx.fetch_optional(
        "DELETE FROM suppressions
        WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2{uuid}
        RETURNING id, organization_id, email, category, reason, detail, message_id, created_by, created_at",
        args![id, organization],
    )
    .await
}

pub(crate) async fn find_suppression(
    db: &mut impl Executor,
    id: SuppressionId,
    organization: Option<OrganizationId>,
) -> Result<Option<Suppression>, DbError> {
    db.fetch_optional(
        "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
        FROM suppressions
        WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2{uuid}",
        args![id, organization],
    )
    .await
}

/// The line for exactly this address and this mail.
pub(crate) async fn find_suppressed(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    email: &EmailAddress,
    category: Option<&Category>,
) -> Result<Option<Suppression>, DbError> {
    let (email, category) = (email.normalized(), column(category));
    match organization {
        Some(organization) => {
            db.fetch_optional(
                "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
                FROM suppressions
                WHERE organization_id = $1 AND email_norm = $2 AND category = $3",
                args![organization, email, category],
            )
            .await
        }
        None => {
            db.fetch_optional(
                "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
                FROM suppressions
                WHERE organization_id IS NULL AND email_norm = $1 AND category = $2",
                args![email, category],
            )
            .await
        }
    }
}

/// The lines for exactly this address, about mail of this category or about all.
pub(crate) async fn list_of(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    email: &EmailAddress,
    category: &Category,
) -> Result<Vec<Suppression>, DbError> {
    let (email, category) = (email.normalized(), category.as_str());
    match organization {
        Some(organization) => {
            db.fetch_all(
                "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
                FROM suppressions
                WHERE organization_id = $1 AND email_norm = $2 AND category IN ('', $3)",
                args![organization, email, category],
            )
            .await
        }
        None => {
            db.fetch_all(
                "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
                FROM suppressions
                WHERE organization_id IS NULL AND email_norm = $1 AND category IN ('', $2)",
                args![email, category],
            )
            .await
        }
    }
}

/// Deletes of those lines what the address's owner chose.
pub(crate) async fn delete_unsubscribed(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    email: &EmailAddress,
    category: &Category,
) -> Result<Vec<Suppression>, DbError> {
    let (email, category) = (email.normalized(), category.as_str());
    match organization {
        Some(organization) => {
            tx.fetch_all(
                "DELETE FROM suppressions
                WHERE organization_id = $1
                    AND email_norm = $2
                    AND category IN ('', $3)
                    AND reason = 'unsubscribe'
                RETURNING id, organization_id, email, category, reason, detail, message_id, created_by, created_at",
                args![organization, email, category],
            )
            .await
        }
        None => {
            tx.fetch_all(
                "DELETE FROM suppressions
                WHERE organization_id IS NULL
                    AND email_norm = $1
                    AND category IN ('', $2)
                    AND reason = 'unsubscribe'
                RETURNING id, organization_id, email, category, reason, detail, message_id, created_by, created_at",
                args![email, category],
            )
            .await
        }
    }
}

/// The newest first.
pub(crate) async fn list_suppressions(
    db: &mut ReadTx,
    organization: Option<OrganizationId>,
    filter: &SuppressionFilter,
    page: &PageRequest,
) -> Result<Vec<Suppression>, DbError> {
    let whose = Filter::new(args![]);
    let whose = match organization {
        Some(organization) => whose.and("organization_id = $?", args![organization]),
        None => whose.and("organization_id IS NULL", args![]),
    };
    let filter = whose
        .and_some(
            "email_norm = $?",
            filter.email.as_ref().map(EmailAddress::normalized),
        )
        .and_some("reason = $?", filter.reason.map(SuppressionReason::as_str))
        .and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after(page)?);
    db.fetch_filtered(
        "SELECT id, organization_id, email, category, reason, detail, message_id, created_by, created_at
        FROM suppressions
        WHERE TRUE",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// Which of these addresses get no mail of this kind, in normal form, and why. That somebody unsubscribed stops no
/// mail that nobody can unsubscribe from.
pub(crate) async fn list_suppressed(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    category: &Category,
    emails: &[&EmailAddress],
) -> Result<Vec<(String, SuppressionReason)>, DbError> {
    let emails = json!(emails.iter().map(|email| email.normalized()).collect::<Vec<_>>());
    let (category, is_mandatory) = (category.as_str(), category.is_mandatory());
    let found: Vec<Suppressed> = match organization {
        Some(organization) => {
            tx.fetch_all(
                "SELECT email_norm, reason
                FROM suppressions
                WHERE organization_id = $1
                    AND email_norm {in_texts:$2}
                    AND category IN ('', $3)
                    AND NOT (reason = 'unsubscribe' AND $4{boolean})",
                args![organization, emails, category, is_mandatory],
            )
            .await?
        }
        None => {
            tx.fetch_all(
                "SELECT email_norm, reason
                FROM suppressions
                WHERE organization_id IS NULL
                    AND email_norm {in_texts:$1}
                    AND category IN ('', $2)
                    AND NOT (reason = 'unsubscribe' AND $3{boolean})",
                args![emails, category, is_mandatory],
            )
            .await?
        }
    };
    Ok(found
        .into_iter()
        .map(|Suppressed(email, reason)| (email, reason))
        .collect())
}

/// Why the address of a mail gets no mail of its kind; the product's own get through.
pub(crate) async fn find_suppression_of(
    tx: &mut Tx,
    id: MessageId,
) -> Result<Option<SuppressionReason>, DbError> {
    let found: Option<Reason> = tx
        .fetch_optional(
            "SELECT suppressions.reason
            FROM messages
            JOIN suppressions ON suppressions.organization_id = messages.organization_id
                AND suppressions.email_norm = messages.recipient_norm
                AND suppressions.category IN ('', messages.category)
            WHERE messages.id = $1
                AND messages.batch_id IS NOT NULL
                AND NOT (suppressions.reason = 'unsubscribe' AND messages.category IN ('security', 'transactional'))
            UNION ALL
            SELECT suppressions.reason
            FROM messages
            JOIN suppressions ON suppressions.email_norm = messages.recipient_norm
                AND suppressions.category IN ('', messages.category)
            WHERE messages.id = $1
                AND messages.batch_id IS NOT NULL
                AND messages.organization_id IS NULL
                AND suppressions.organization_id IS NULL
                AND NOT (suppressions.reason = 'unsubscribe' AND messages.category IN ('security', 'transactional'))
            LIMIT 1",
            args![id],
        )
        .await?;
    Ok(found.map(|Reason(reason)| reason))
}
