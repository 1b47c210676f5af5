//! The table `email_templates`, as far as it is the platform's.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{Locale, PageRequest, TemplateId, Timestamp, UserId};

use super::model::{NewText, Status, TemplateText};

/// More languages times mails than anybody has.
const MOST_LISTED: i64 = 5_000;

/// The versions of a mail in a language that an overview tells.
pub(crate) struct Versions {
    pub(crate) key: String,
    pub(crate) locale: String,
    pub(crate) published: Option<i64>,
    pub(crate) draft: Option<i64>,
}

impl FromRow for Versions {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            key: row.column()?,
            locale: row.column()?,
            published: row.column()?,
            draft: row.column()?,
        })
    }
}

impl FromRow for TemplateText {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: Some(row.column()?),
            key: row.column()?,
            locale: row.column()?,
            name: row.column()?,
            subject: row.column()?,
            preheader: row.column()?,
            text: row.column()?,
            html: row.column()?,
            version: row.column()?,
            status: Status::parse(&row.column::<String>()?).ok_or(DbError::NoRow)?,
            created_by: row.column()?,
            created_at: Some(row.column()?),
        })
    }
}

pub(crate) async fn list_versions(db: &mut impl Executor) -> Result<Vec<Versions>, DbError> {
    db.fetch_all(
        "SELECT
             key,
             locale,
             MAX(CASE WHEN status = 'published' THEN version END),
             MAX(CASE WHEN status = 'draft' THEN version END)
         FROM email_templates
         WHERE organization_id IS NULL
         GROUP BY key, locale
         ORDER BY key, locale
         LIMIT $1",
        args![MOST_LISTED],
    )
    .await
}

/// Gives the text the version after the highest. Nothing when somebody else took that one meanwhile.
pub(crate) async fn insert(
    tx: &mut Tx,
    id: TemplateId,
    new: &NewText,
    created_by: Option<UserId>,
    now: Timestamp,
) -> Result<Option<TemplateText>, DbError> {
    let names: Vec<&str> = new.template.variables().iter().map(|one| one.name).collect();
    tx.fetch_optional(
        "INSERT INTO email_templates (
             id,
             key,
             locale,
             version,
             status,
             name,
             subject,
             preheader,
             text,
             html,
             variables,
             created_by,
             created_at,
             updated_at
         )
         SELECT
             $1{uuid},
             $2{text},
             $3{text},
             COALESCE(MAX(version), 0) + 1,
             'draft',
             $4{text},
             $5{text},
             $6{text},
             $7{text},
             $8{text},
             $9{jsonb},
             $10{uuid},
             $11{timestamptz},
             $11{timestamptz}
         FROM email_templates
         WHERE organization_id IS NULL AND key = $2{text} AND locale = $3{text}
         ON CONFLICT DO NOTHING
         RETURNING id, key, locale, name, subject, preheader, text, html, version, status, created_by, created_at",
        args![
            id,
            new.template.key(),
            &new.locale,
            &new.name,
            &new.source.subject,
            &new.source.preheader,
            &new.source.text,
            &new.source.html,
            serde_json::json!(names),
            created_by,
            now,
        ],
    )
    .await
}

pub(crate) async fn find_published(
    db: &mut impl Executor,
    key: &'static str,
    locale: &str,
) -> Result<Option<TemplateText>, DbError> {
    db.fetch_optional(
        "SELECT id, key, locale, name, subject, preheader, text, html, version, status, created_by, created_at
         FROM email_templates
         WHERE organization_id IS NULL AND key = $1 AND locale = $2 AND status = 'published'
         ORDER BY version DESC
         LIMIT 1",
        args![key, locale],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    key: &'static str,
    locale: &Locale,
    version: i64,
) -> Result<Option<TemplateText>, DbError> {
    db.fetch_optional(
        "SELECT id, key, locale, name, subject, preheader, text, html, version, status, created_by, created_at
         FROM email_templates
         WHERE organization_id IS NULL AND key = $1 AND locale = $2 AND version = $3",
        args![key, locale, version],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    key: &'static str,
    locale: &Locale,
    page: &PageRequest,
) -> Result<Vec<TemplateText>, DbError> {
    let after = page.after.as_ref().map(|position| position.key.parse::<i64>());
    let after = after.transpose().map_err(DbError::internal)?;
    let filter = Filter::new(args![key, locale]).and_some("version < $?{bigint}", after);
    db.fetch_filtered(
        "SELECT id, key, locale, name, subject, preheader, text, html, version, status, created_by, created_at
         FROM email_templates
         WHERE organization_id IS NULL AND key = $1 AND locale = $2",
        filter,
        "ORDER BY version DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// Locks the first text of a mail in a language, which is there as long as any is: whoever publishes or takes
/// back holds it.
pub(crate) async fn lock(
    tx: &mut Tx,
    key: &'static str,
    locale: &Locale,
) -> Result<Option<TemplateId>, DbError> {
    tx.fetch_optional(
        "SELECT id
         FROM email_templates
         WHERE organization_id IS NULL AND key = $1 AND locale = $2
         ORDER BY version
         LIMIT 1
         {for_update}",
        args![key, locale],
    )
    .await
}

/// Takes out of use what is used, but for `id`.
pub(crate) async fn update_archived(
    tx: &mut Tx,
    key: &'static str,
    locale: &Locale,
    id: Option<TemplateId>,
    now: Timestamp,
) -> Result<Vec<TemplateId>, DbError> {
    tx.fetch_all(
        "UPDATE email_templates
         SET status = 'archived', updated_at = $4
         WHERE organization_id IS NULL
             AND key = $1
             AND locale = $2
             AND status = 'published'
             AND ($3{uuid} IS NULL OR id <> $3{uuid})
         RETURNING id",
        args![key, locale, id, now],
    )
    .await
}

/// Puts a text in use that is not.
pub(crate) async fn update_published(tx: &mut Tx, id: TemplateId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_templates
         SET status = 'published', updated_at = $2
         WHERE organization_id IS NULL AND id = $1 AND status <> 'published'",
        args![id, now],
    )
    .await
}
