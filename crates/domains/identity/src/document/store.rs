//! The table `user_data`. Each statement comes twice, for people and for organizations: a row is of one or the
//! other, and each has an index of its own.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{OrganizationId, Page, PageRequest, Position, Timestamp, UserId};

use super::model::{Document, DocumentKey, DocumentOwner, Namespace};

impl FromRow for Document {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            namespace: row.parsed()?,
            key: row.parsed()?,
            value: row.json()?,
            version: row.column()?,
            created_at: row.column()?,
            updated_at: row.column()?,
        })
    }
}

/// In the order of their namespaces and keys.
pub(crate) async fn list(
    db: &mut impl Executor,
    owner: DocumentOwner,
    namespace: Option<&Namespace>,
    page: &PageRequest,
) -> Result<Page<Document>, DbError> {
    let (head, owner) = match owner {
        DocumentOwner::User(id) => (
            "SELECT id, namespace, key, value, version, created_at, updated_at FROM user_data WHERE user_id = $1",
            args![id],
        ),
        DocumentOwner::Organization(id) => (
            "SELECT id, namespace, key, value, version, created_at, updated_at
             FROM user_data WHERE organization_id = $1",
            args![id],
        ),
    };
    let after = page
        .after
        .as_ref()
        .and_then(|position| position.key.split_once('/'));
    let (filter, tail) = match namespace {
        Some(namespace) => (
            Filter::new(owner)
                .and_some("namespace = $?", Some(namespace.as_str()))
                .and_some("key > $?", after.map(|(_, key)| key)),
            "ORDER BY key LIMIT $?",
        ),
        None => (
            Filter::new(owner).and_args(
                "(namespace, key) > ($?{text}, $?{text})",
                after.map(|(namespace, key)| args![namespace, key]),
            ),
            "ORDER BY namespace, key LIMIT $?",
        ),
    };
    let rows = db
        .fetch_filtered::<Document>(head, filter, tail, args![page.fetch_limit()])
        .await?;
    Ok(Page::from_fetched(rows, page, |document| Position {
        key: format!("{}/{}", document.namespace.as_str(), document.key.as_str()),
        id: document.id.uuid(),
    }))
}

pub(crate) async fn find(
    db: &mut impl Executor,
    owner: DocumentOwner,
    namespace: &Namespace,
    key: &DocumentKey,
) -> Result<Option<Document>, DbError> {
    let (namespace, key) = (namespace.as_str(), key.as_str());
    match owner {
        DocumentOwner::User(id) => {
            db.fetch_optional(
                "SELECT id, namespace, key, value, version, created_at, updated_at
                 FROM user_data WHERE user_id = $1 AND namespace = $2 AND key = $3",
                args![id, namespace, key],
            )
            .await
        }
        DocumentOwner::Organization(id) => {
            db.fetch_optional(
                "SELECT id, namespace, key, value, version, created_at, updated_at
                 FROM user_data WHERE organization_id = $1 AND namespace = $2 AND key = $3",
                args![id, namespace, key],
            )
            .await
        }
    }
}

pub(crate) async fn lock(
    tx: &mut Tx,
    owner: DocumentOwner,
    namespace: &Namespace,
    key: &DocumentKey,
) -> Result<Option<Document>, DbError> {
    let (namespace, key) = (namespace.as_str(), key.as_str());
    match owner {
        DocumentOwner::User(id) => {
            tx.fetch_optional(
                "SELECT id, namespace, key, value, version, created_at, updated_at
                 FROM user_data WHERE user_id = $1 AND namespace = $2 AND key = $3 {for_update}",
                args![id, namespace, key],
            )
            .await
        }
        DocumentOwner::Organization(id) => {
            tx.fetch_optional(
                "SELECT id, namespace, key, value, version, created_at, updated_at
                 FROM user_data WHERE organization_id = $1 AND namespace = $2 AND key = $3 {for_update}",
                args![id, namespace, key],
            )
            .await
        }
    }
}

/// So that nobody adds a document at the same time: whoever makes one holds this lock.
pub(crate) async fn lock_organization(
    tx: &mut Tx,
    id: OrganizationId,
) -> Result<Option<OrganizationId>, DbError> {
    tx.fetch_optional(
        "SELECT id FROM organizations WHERE id = $1 {for_update}",
        args![id],
    )
    .await
}

/// Whether the owner has `most` documents or more. It counts so far and no further.
pub(crate) async fn find_full(
    db: &mut impl Executor,
    owner: DocumentOwner,
    most: i64,
) -> Result<bool, DbError> {
    let count: i64 = match owner {
        DocumentOwner::User(id) => {
            db.fetch_one(
                "SELECT count(*) FROM (SELECT 1 FROM user_data WHERE user_id = $1 LIMIT $2) counted",
                args![id, most],
            )
            .await?
        }
        DocumentOwner::Organization(id) => {
            db.fetch_one(
                "SELECT count(*) FROM (SELECT 1 FROM user_data WHERE organization_id = $1 LIMIT $2) counted",
                args![id, most],
            )
            .await?
        }
    };
    Ok(count >= most)
}

pub(crate) async fn insert(tx: &mut Tx, owner: DocumentOwner, document: &Document) -> Result<u64, DbError> {
    let (user, organization) = columns(owner);
    tx.execute(
        "INSERT INTO user_data
            (id, user_id, organization_id, namespace, key, value, version, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![
            document.id,
            user,
            organization,
            document.namespace.as_str(),
            document.key.as_str(),
            document.value.clone(),
            document.version,
            document.created_at,
            document.updated_at
        ],
    )
    .await
}

pub(crate) async fn update(
    tx: &mut Tx,
    owner: DocumentOwner,
    document: &Document,
    now: Timestamp,
) -> Result<u64, DbError> {
    let (user, organization) = columns(owner);
    tx.execute(
        "UPDATE user_data SET value = $4, version = version + 1, updated_at = $5
         WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2{uuid}
           AND organization_id IS NOT DISTINCT FROM $3{uuid}",
        args![document.id, user, organization, document.value.clone(), now],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, owner: DocumentOwner, document: &Document) -> Result<u64, DbError> {
    let (user, organization) = columns(owner);
    tx.execute(
        "DELETE FROM user_data
         WHERE id = $1 AND user_id IS NOT DISTINCT FROM $2{uuid}
           AND organization_id IS NOT DISTINCT FROM $3{uuid}",
        args![document.id, user, organization],
    )
    .await
}

fn columns(owner: DocumentOwner) -> (Option<UserId>, Option<OrganizationId>) {
    match owner {
        DocumentOwner::User(id) => (Some(id), None),
        DocumentOwner::Organization(id) => (None, Some(id)),
    }
}
