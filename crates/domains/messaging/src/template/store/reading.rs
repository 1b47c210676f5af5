//! What is read of `email_templates`.

use db::{DbError, Executor, Filter, args};
use kernel::{EmailAddress, Locale, OrganizationId, PageRequest, UserId};

use super::Head;
use crate::template::model::{TemplateName, TemplateText};

/// More languages times templates than a page shows of anybody.
const MOST_HEADS: i64 = 5_000;

/// The keys in use, in their order.
pub(crate) async fn list_keys(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    after: Option<&str>,
    limit: i64,
) -> Result<Vec<String>, DbError> {
    let filter = Filter::new(args![organization]).and_some("key > $?", after.map(str::to_owned));
    db.fetch_filtered(
        "SELECT DISTINCT key
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND status <> 'archived'",
        filter,
        "ORDER BY key LIMIT $?",
        args![limit],
    )
    .await
}

/// What is published of these templates, and their newest drafts, in every language.
pub(crate) async fn list_heads(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
    keys: &[&str],
) -> Result<Vec<Head>, DbError> {
    db.fetch_all(
        "SELECT
             t.organization_id,
             t.key,
             t.locale,
             t.version,
             t.status,
             t.name,
             t.category,
             t.variables,
             newest.latest,
             newest.begun_at
         FROM email_templates t
         JOIN (
             SELECT
                 key,
                 locale,
                 MAX(CASE WHEN status = 'published' THEN version END) AS published,
                 MAX(CASE WHEN status = 'draft' THEN version END) AS draft,
                 MAX(version) AS latest,
                 MIN(created_at) AS begun_at
             FROM email_templates
             WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
                 AND key {in_texts:$2}
             GROUP BY key, locale
         ) AS newest ON newest.key = t.key AND newest.locale = t.locale
         WHERE (t.organization_id = $1{uuid} OR ($1{uuid} IS NULL AND t.organization_id IS NULL))
             AND t.key {in_texts:$2}
             AND (t.version = newest.published OR t.version = newest.draft)
         ORDER BY t.key, t.locale, t.version
         LIMIT $3",
        args![organization, serde_json::json!(keys), MOST_HEADS],
    )
    .await
}

/// The languages in which there is any text of theirs.
pub(crate) async fn list_locales(
    db: &mut impl Executor,
    organization: Option<OrganizationId>,
) -> Result<Vec<String>, DbError> {
    db.fetch_all(
        "SELECT DISTINCT locale
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND status <> 'archived'
         ORDER BY locale
         LIMIT $2",
        args![organization, MOST_HEADS],
    )
    .await
}

/// What is published of a template in these languages.
pub(crate) async fn list_published(
    db: &mut impl Executor,
    of: &TemplateName,
    locales: &[&str],
) -> Result<Vec<TemplateText>, DbError> {
    db.fetch_all(
        "SELECT
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
             created_at
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND locale {in_texts:$3}
             AND status = 'published'
         ORDER BY locale, version",
        args![of.organization, &of.key, serde_json::json!(locales)],
    )
    .await
}

pub(crate) async fn find(
    db: &mut impl Executor,
    of: &TemplateName,
    locale: &str,
    version: i64,
) -> Result<Option<TemplateText>, DbError> {
    db.fetch_optional(
        "SELECT
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
             created_at
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND locale = $3
             AND version = $4",
        args![of.organization, &of.key, locale, version],
    )
    .await
}

/// The newest first.
pub(crate) async fn list(
    db: &mut impl Executor,
    of: &TemplateName,
    locale: &Locale,
    page: &PageRequest,
) -> Result<Vec<TemplateText>, DbError> {
    let after = page.after.as_ref().map(|position| position.key.parse::<i64>());
    let after = after.transpose().map_err(DbError::internal)?;
    let filter = Filter::new(args![of.organization, &of.key, locale]).and_some("version < $?{bigint}", after);
    db.fetch_filtered(
        "SELECT
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
             created_at
         FROM email_templates
         WHERE (organization_id = $1{uuid} OR ($1{uuid} IS NULL AND organization_id IS NULL))
             AND key = $2
             AND locale = $3",
        filter,
        "ORDER BY version DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

/// The address of an account that is known to be theirs. Accounts are identity's: this statement reads.
pub(crate) async fn find_address(
    db: &mut impl Executor,
    user: UserId,
) -> Result<Option<EmailAddress>, DbError> {
    db.fetch_optional(
        "SELECT email
         FROM users
         WHERE id = $1 AND status = 'active' AND email_verified_at IS NOT NULL",
        args![user],
    )
    .await
}
