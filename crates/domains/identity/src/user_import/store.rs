//! The tables `user_imports`, `user_import_rows` and `user_import_errors`.

use db::{DbError, Executor, Filter, FromRow, Row, Tx, args};
use kernel::{PageRequest, Timestamp, UserId, UserImportId};

use super::model::{ImportMode, ImportStatus, RowError, RowFault, UserImport};

impl FromRow for UserImport {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            id: row.column()?,
            status: row.parsed()?,
            mode: if row.column::<i64>()? == 0 {
                ImportMode::Import
            } else {
                ImportMode::DryRun
            },
            rows_total: row.column()?,
            rows_done: row.column()?,
            rows_created: row.column()?,
            rows_failed: row.column()?,
            created_by: row.column()?,
            created_at: row.column()?,
            started_at: row.column()?,
            finished_at: row.column()?,
        })
    }
}

/// A row as it is kept.
pub(crate) struct KeptRow {
    pub(crate) position: i64,
    pub(crate) sealed: Vec<u8>,
    /// Whether an earlier row has the same address.
    pub(crate) is_repeated: bool,
}

impl FromRow for KeptRow {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.column()?,
            sealed: row.column()?,
            is_repeated: row.column()?,
        })
    }
}

impl FromRow for RowError {
    fn from_row(row: &mut Row<'_>) -> Result<Self, DbError> {
        Ok(Self {
            position: row.column()?,
            pointer: row.column()?,
            code: row.column()?,
            detail: row.column()?,
        })
    }
}

pub(crate) async fn list(db: &mut impl Executor, page: &PageRequest) -> Result<Vec<UserImport>, DbError> {
    let after = match &page.after {
        Some(position) => {
            let created_at: Timestamp = position.key.parse().map_err(DbError::internal)?;
            Some(args![created_at, position.id])
        }
        None => None,
    };
    let filter = Filter::new(args![]).and_args("(created_at, id) < ($?{timestamptz}, $?{uuid})", after);
    db.fetch_filtered(
        "SELECT id, status, is_dry_run, rows_total, rows_done, rows_created, rows_failed, created_by, created_at,
                started_at, finished_at
         FROM user_imports WHERE 1 = 1",
        filter,
        "ORDER BY created_at DESC, id DESC LIMIT $?",
        args![page.fetch_limit()],
    )
    .await
}

pub(crate) async fn find(db: &mut impl Executor, id: UserImportId) -> Result<Option<UserImport>, DbError> {
    db.fetch_optional(
        "SELECT id, status, is_dry_run, rows_total, rows_done, rows_created, rows_failed, created_by, created_at,
                started_at, finished_at
         FROM user_imports WHERE id = $1",
        args![id],
    )
    .await
}

/// So that its rows are added, worked on and counted by one at a time.
pub(crate) async fn lock(tx: &mut Tx, id: UserImportId) -> Result<Option<UserImport>, DbError> {
    tx.fetch_optional(
        "SELECT id, status, is_dry_run, rows_total, rows_done, rows_created, rows_failed, created_by, created_at,
                started_at, finished_at
         FROM user_imports WHERE id = $1 {for_update}",
        args![id],
    )
    .await
}

pub(crate) async fn find_firebase(
    db: &mut impl Executor,
    id: UserImportId,
) -> Result<Option<Vec<u8>>, DbError> {
    db.fetch_one(
        "SELECT sealed_firebase FROM user_imports WHERE id = $1",
        args![id],
    )
    .await
}

pub(crate) async fn insert(
    tx: &mut Tx,
    import: &UserImport,
    sealed_firebase: Option<Vec<u8>>,
) -> Result<u64, DbError> {
    let is_dry_run = i64::from(import.mode == ImportMode::DryRun);
    tx.execute(
        "INSERT INTO user_imports (id, status, is_dry_run, sealed_firebase, created_by, created_at)
         VALUES ($1, $2, $3, $4, $5, $6)",
        args![
            import.id,
            import.status.as_str(),
            is_dry_run,
            sealed_firebase,
            import.created_by,
            import.created_at
        ],
    )
    .await
}

pub(crate) async fn insert_row(
    tx: &mut Tx,
    id: UserImportId,
    position: i64,
    address_hash: [u8; 32],
    sealed: Vec<u8>,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO user_import_rows (import_id, position, address_hash, sealed_row) VALUES ($1, $2, $3, $4)",
        args![id, position, address_hash, sealed],
    )
    .await
}

/// The caller holds the lock.
pub(crate) async fn update_total(tx: &mut Tx, id: UserImportId, total: i64) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE user_imports SET rows_total = $2 WHERE id = $1 AND status = 'open'",
        args![id, total],
    )
    .await
}

/// The caller holds the lock.
pub(crate) async fn update_started(tx: &mut Tx, id: UserImportId, now: Timestamp) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE user_imports SET status = 'running', started_at = $2 WHERE id = $1 AND status = 'open'",
        args![id, now],
    )
    .await
}

/// From here on nothing needs what was sealed. The caller holds the lock.
pub(crate) async fn update_over(
    tx: &mut Tx,
    id: UserImportId,
    status: ImportStatus,
    now: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE user_imports SET status = $2, finished_at = $3, sealed_firebase = NULL
         WHERE id = $1 AND status IN ('open', 'running')",
        args![id, status.as_str(), now],
    )
    .await
}

/// The caller holds the lock.
pub(crate) async fn update_progress(tx: &mut Tx, import: &UserImport) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE user_imports SET rows_done = $2, rows_created = $3, rows_failed = $4
         WHERE id = $1 AND status = 'running' AND rows_done < $2",
        args![
            import.id,
            import.rows_done,
            import.rows_created,
            import.rows_failed
        ],
    )
    .await
}

/// The next rows behind `after`.
pub(crate) async fn list_rows(
    tx: &mut Tx,
    id: UserImportId,
    after: i64,
    most: i64,
) -> Result<Vec<KeptRow>, DbError> {
    tx.fetch_all(
        "SELECT position, sealed_row, EXISTS (
             SELECT 1 FROM user_import_rows earlier
             WHERE earlier.import_id = kept.import_id AND earlier.address_hash = kept.address_hash
               AND earlier.position < kept.position)
         FROM user_import_rows kept
         WHERE import_id = $1 AND position > $2 ORDER BY position LIMIT $3",
        args![id, after, most],
    )
    .await
}

pub(crate) async fn delete_rows(tx: &mut Tx, id: UserImportId, most: i64) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM user_import_rows WHERE import_id = $1 AND position IN
            (SELECT position FROM user_import_rows WHERE import_id = $1 ORDER BY position LIMIT $2)",
        args![id, most],
    )
    .await
}

pub(crate) async fn insert_error(
    tx: &mut Tx,
    id: UserImportId,
    position: i64,
    fault: &RowFault,
) -> Result<u64, DbError> {
    tx.execute(
        "INSERT INTO user_import_errors (import_id, position, pointer, code, detail) VALUES ($1, $2, $3, $4, $5)",
        args![id, position, fault.pointer, fault.code, fault.detail.as_str()],
    )
    .await
}

pub(crate) async fn list_errors(
    db: &mut impl Executor,
    id: UserImportId,
    after: i64,
    most: i64,
) -> Result<Vec<RowError>, DbError> {
    db.fetch_all(
        "SELECT position, pointer, code, detail FROM user_import_errors
         WHERE import_id = $1 AND position > $2 ORDER BY position LIMIT $3",
        args![id, after, most],
    )
    .await
}

pub(crate) async fn delete_errors(tx: &mut Tx, id: UserImportId, most: i64) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM user_import_errors WHERE import_id = $1 AND position IN
            (SELECT position FROM user_import_errors WHERE import_id = $1 ORDER BY position LIMIT $2)",
        args![id, most],
    )
    .await
}

pub(crate) async fn delete(tx: &mut Tx, id: UserImportId) -> Result<u64, DbError> {
    tx.execute(
        "DELETE FROM user_imports WHERE id = $1 AND status IN ('done', 'cancelled')",
        args![id],
    )
    .await
}

/// When the person signed up with the other system.
pub(crate) async fn update_created_at(
    tx: &mut Tx,
    user: UserId,
    created_at: Timestamp,
) -> Result<u64, DbError> {
    tx.execute(
        "UPDATE users SET created_at = $2 WHERE id = $1",
        args![user, created_at],
    )
    .await
}
