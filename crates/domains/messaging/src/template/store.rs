//! The table `email_templates`. `organization_id = $1 OR ($1 IS NULL AND …)` says whose: each half is an index of its
//! own.

mod reading;

use db::{DbError, Executor as _, FromRow, Row, Tx, args};
use kernel::{Locale, OrganizationId, TemplateId, Timestamp, UserId};
use mail::{Category, Declared};

use super::model::{Status, TemplateName, TemplateText, declared};

pub(super) use reading::{find, find_address, list, list_heads, list_keys, list_locales, list_published};

/// What is known of the newest draft or of what is published of a template in a language, but for what it says.
#[derive(Clone)]
pub(crate) struct Head {
    pub(crate) key: String,
    pub(crate) locale: String,
    pub(crate) version: i64,
    pub(crate) status: Status,
    pub(crate) name: String,
    pub(crate) category: Category,
    pub(crate) variables: Vec<Declared>,
    /// The newest version in this language, whatever became of it.
    pub(crate) latest: i64,
    /// When the first one in this language was written.
    pub(crate) begun_at: Timestamp,
}

/// A row to be written.
pub(crate) struct NewRow<'a> {
    pub(crate) id: TemplateId,
    pub(crate) of: &'a TemplateName,
    pub(crate) locale: &'a Locale,
    pub(crate) name: &'a str,
    pub(crate) category: &'a Category,
    pub(crate) variables: serde_json::Value,
    pub(crate) source: &'a mail::Source,
    pub(crate) created_by: Option<UserId>,
    pub(crate) now: Timestamp,
}

/// Those of the product's own mails are known from the program.
fn variables(row: &mut Row<'_>, of: &TemplateName) -> Result<Vec<Declared>, DbError> {
    let stored: serde_json::Value = row.json()?;
    match of.built_in() {
        Some(template) => Ok(declared(template)),
        None => serde_json::from_value(stored).map_err(DbError::internal),
    }
}

fn category(row: &mut Row<'_>) -> Result<Category, DbError> {
    row.column::<String>()?.parse().map_err(DbError::internal)
}

impl FromRow for Head {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let of = TemplateName {
            organization: row.column()?,
            key: row.column()?,
        };
        Ok(Self {
            locale: row.column()?,
            version: row.column()?,
            status: Status::parse(&row.column::<String>()?).ok_or(DbError::NoRow)?,
            name: row.column()?,
            category: category(row)?,
            variables: variables(row, &of)?,
            latest: row.column()?,
            begun_at: row.column()?,
            key: of.key,
        })
    }
}

impl FromRow for TemplateText {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        let id = row.column()?;
        let of = TemplateName {
            organization: row.column()?,
            key: row.column()?,
        };
        Ok(Self {
            id: Some(id),
            locale: row.column()?,
            name: row.column()?,
            category: category(row)?,
            subject: row.column()?,
            preheader: row.column()?,
            text: row.column()?,
            html: row.column()?,
            variables: variables(row, &of)?,
            version: row.column()?,
            status: Status::parse(&row.column::<String>()?).ok_or(DbError::NoRow)?,
            created_by: row.column()?,
            created_at: Some(row.column()?),
            of,
        })
    }
}

/// Gives the text the version after the highest. Nothing when somebody else took that one meanwhile.
pub(crate) async fn insert(tx: &mut Tx, new: &NewRow<'_>) -> Result<Option<TemplateText>, DbError> {
    tx.fetch_optional(
        "INSERT INTO email_templates (
             id,
             organization_id,
             key,
             locale,
             version,
             status,
             name,
             category,
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
             $2{uuid},
             $1{uuid},
             $3{text},
             $4{text},
             COALESCE(MAX(version), 0) + 1,
             'draft',
             $5{text},
             $6{text},
             $7{text},
             $8{text},
             $9{text},
             $10{text},
             $11{jsonb},
             $12{uuid},
             $13{timestamptz},
             $13{timestamptz}
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $3{text}
             AND locale = $4{text}
         ON CONFLICT DO NOTHING
         RETURNING
             id,
             organization_id,
             key,
             locale,
             name,
             category,
             subject,
             preheader,
             text,
             html,
             variables,
             version,
             status,
             created_by,
             created_at",
        args![
            new.of.organization,
            new.id,
            &new.of.key,
            new.locale,
            new.name,
            new.category.as_str(),
            &new.source.subject,
            &new.source.preheader,
            &new.source.text,
            &new.source.html,
            &new.variables,
            new.created_by,
            new.now,
        ],
    )
    .await
}

/// Locks the first text of a template in a language, which is there as long as any is: whoever writes, publishes or
/// takes back holds it.
pub(crate) async fn lock(
    tx: &mut Tx,
    of: &TemplateName,
    locale: &Locale,
) -> Result<Option<TemplateId>, DbError> {
    tx.fetch_optional(
        "SELECT id
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND locale = $3
             AND version = 1
         {for_update}",
        args![of.organization, &of.key, locale],
    )
    .await
}

/// The same in all languages, in one order.
pub(crate) async fn lock_all(tx: &mut Tx, of: &TemplateName) -> Result<Vec<TemplateId>, DbError> {
    tx.fetch_all(
        "SELECT id
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND version = 1
         ORDER BY locale
         {for_update}",
        args![of.organization, &of.key],
    )
    .await
}

/// Takes out of use what is used, but for `id`.
pub(crate) async fn update_archived(
    tx: &mut Tx,
    of: &TemplateName,
    locale: &Locale,
    id: Option<TemplateId>,
    now: Timestamp,
) -> Result<Vec<TemplateId>, DbError> {
    tx.fetch_all(
        "UPDATE email_templates
         SET status = 'archived', updated_at = $5
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND locale = $3
             AND status = 'published'
             AND ($4{uuid} IS NULL OR id <> $4{uuid})
         RETURNING id",
        args![of.organization, &of.key, locale, id, now],
    )
    .await
}

/// Takes a template out of use whole, drafts and all; 0 when it is already.
pub(crate) async fn update_deleted(tx: &mut Tx, of: &TemplateName, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_templates
         SET status = 'archived', updated_at = $3
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND status <> 'archived'",
        args![of.organization, &of.key, now],
    )
    .await
}

/// Puts a text in use that is not.
pub(crate) async fn update_published(
    tx: &mut Tx,
    organization: Option<OrganizationId>,
    id: TemplateId,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE email_templates
         SET status = 'published', updated_at = $3
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND id = $2
             AND status <> 'published'",
        args![organization, id, now],
    )
    .await
}
