//! Beginning, filling, starting, stopping and looking at imports. Their rows are worked on in `running`.

mod running;
#[cfg(test)]
mod tests;

use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use ::jobs::Queue;
use crypto::{ForeignHashes, Mac, Sealer};
use db::{DbError, ReadTx, Tx};
use kernel::event::user::{UserImportFinished, UserImportStarted};
use kernel::{FieldError, Page, PageRequest, Position, RequestContext, Timestamp, UserImportId};

use super::model::{
    ImportMode, ImportRow, ImportStatus, KeptFirebase, MOST_ROWS, NewUserImport, RowError, UserImport,
};
use super::store;
use super::task::{ExpireUserImport, RunUserImport};
use crate::error::IdentityError;
use crate::machinery::Machinery;
use crate::password::service::Passwords;
use crate::user::service::Users;

/// An import that nobody starts is cancelled after this, so that hashes do not lie around.
const OPEN_FOR: Duration = Duration::from_hours(7 * 24);

/// Rows or errors that are deleted at once.
const SWEEP: i64 = 2000;

#[derive(Clone, Copy)]
enum Sweep {
    Rows,
    Errors,
}

/// Imports of people. Cheap to clone.
#[derive(Clone)]
pub struct UserImports(Arc<UserImportsParts>);

/// What imports work with.
pub struct UserImportsParts {
    machinery: Machinery,
    users: Users,
    passwords: Passwords,
    queue: Queue,
    hashes: ForeignHashes,
    rows: Sealer,
    addresses: Mac,
}

impl Deref for UserImports {
    type Target = UserImportsParts;

    fn deref(&self) -> &UserImportsParts {
        &self.0
    }
}

impl UserImports {
    /// Over the services that keep accounts and passwords; `queue` does the work.
    pub fn new(machinery: Machinery, users: Users, passwords: Passwords, queue: Queue) -> Self {
        Self(Arc::new(UserImportsParts {
            hashes: ForeignHashes::new(&machinery.master_key),
            rows: machinery.master_key.sealer("user imports"),
            addresses: machinery.master_key.mac("user imports"),
            machinery,
            users,
            passwords,
            queue,
        }))
    }

    /// Begins an import, once per idempotency key. It waits for its rows.
    pub async fn create(
        &self,
        context: &RequestContext,
        new: NewUserImport,
    ) -> Result<UserImport, IdentityError> {
        if let Some(firebase) = &new.firebase {
            firebase.check().map_err(|error| {
                IdentityError::invalid(FieldError::new("/firebase", error.code(), error.to_string()))
            })?;
        }
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.create_in(tx, &context, &new, now).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Adds rows behind those that are there, once per idempotency key.
    pub async fn add_rows(
        &self,
        context: &RequestContext,
        id: UserImportId,
        rows: Vec<ImportRow>,
    ) -> Result<UserImport, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let work = async |tx: &mut Tx| this.add_rows_in(tx, id, &rows).await;
                this.machinery.idempotency.once(tx, &context, now, work).await
            })
            .await
    }

    /// Starts the work. Said again while it goes on, it is taken up where it was left, should that be needed.
    pub async fn start(
        &self,
        context: &RequestContext,
        id: UserImportId,
    ) -> Result<UserImport, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.start_in(tx, &context, id, now).await)
            .await
    }

    /// Stops an import before its next batch. Accounts that it made stay.
    pub async fn cancel(
        &self,
        context: &RequestContext,
        id: UserImportId,
    ) -> Result<UserImport, IdentityError> {
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let import = this.lock_in(tx, id).await?;
                if import.is_over() {
                    return Err(IdentityError::ImportNotOpen);
                }
                this.enqueue_in(tx, id).await?;
                this.end_in(tx, &context, import, ImportStatus::Cancelled, now)
                    .await
            })
            .await
    }

    /// Deletes an import that does not run, with its rows and errors. Accounts that it made stay.
    pub async fn delete(&self, context: &RequestContext, id: UserImportId) -> Result<(), IdentityError> {
        let import = self.get(id).await?;
        match import.status {
            ImportStatus::Running => return Err(IdentityError::ImportRunning),
            // First, so that nobody starts what is half deleted.
            ImportStatus::Open => {
                self.cancel(context, id).await?;
            }
            ImportStatus::Done | ImportStatus::Cancelled => {}
        }
        self.sweep(id, Sweep::Rows).await?;
        self.sweep(id, Sweep::Errors).await?;
        let delete = async move |tx: &mut Tx| store::delete(tx, id).await;
        self.machinery.db.write(delete).await?;
        Ok(())
    }

    /// One import.
    pub async fn get(&self, id: UserImportId) -> Result<UserImport, IdentityError> {
        let find = async move |tx: &mut ReadTx| store::find(tx, id).await;
        let found = self.machinery.db.read(find).await?;
        found.ok_or(IdentityError::NotFound)
    }

    /// The imports, the newest first.
    pub async fn list(&self, page: PageRequest) -> Result<Page<UserImport>, DbError> {
        let work = async move |tx: &mut ReadTx| {
            let rows = store::list(tx, &page).await?;
            Ok(Page::from_fetched(rows, &page, |import| Position {
                key: import.created_at.to_micros_text(),
                id: import.id.uuid(),
            }))
        };
        self.machinery.db.read(work).await
    }

    /// What is wrong with the rows of an import, in their order.
    pub async fn list_errors(
        &self,
        id: UserImportId,
        page: PageRequest,
    ) -> Result<Page<RowError>, IdentityError> {
        self.get(id).await?;
        let after = page.after.as_ref().and_then(|after| after.key.parse().ok());
        let most = page.fetch_limit();
        let rows = self.errors_behind(id, after.unwrap_or(0), most).await?;
        Ok(Page::from_fetched(rows, &page, |error| Position {
            key: error.position.to_string(),
            id: id.uuid(),
        }))
    }

    /// Up to `most` errors of rows behind `after`.
    pub async fn errors_behind(
        &self,
        id: UserImportId,
        after: i64,
        most: i64,
    ) -> Result<Vec<RowError>, DbError> {
        let work = async move |tx: &mut ReadTx| store::list_errors(tx, id, after, most).await;
        self.machinery.db.read(work).await
    }

    /// Deletes the rows of an import that is over: they hold hashes of passwords.
    pub async fn clear(&self, id: UserImportId) -> Result<(), DbError> {
        let find = async move |tx: &mut ReadTx| store::find(tx, id).await;
        let found = self.machinery.db.read(find).await?;
        if found.is_some_and(|import| import.is_over()) {
            self.sweep(id, Sweep::Rows).await?;
        }
        Ok(())
    }

    async fn create_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        new: &NewUserImport,
        now: Timestamp,
    ) -> Result<UserImport, IdentityError> {
        let import = UserImport {
            id: UserImportId::new(&*self.machinery.ids, now),
            status: ImportStatus::Open,
            mode: new.mode,
            rows_total: 0,
            rows_done: 0,
            rows_created: 0,
            rows_failed: 0,
            created_by: context.user(),
            created_at: now,
            started_at: None,
            finished_at: None,
        };
        let firebase = new.firebase.as_ref().map(KeptFirebase::from);
        let firebase = firebase.map(|kept| serde_json::to_vec(&kept)).transpose();
        let firebase = firebase.map_err(DbError::internal)?;
        let sealed = firebase.map(|json| self.rows.seal(&json, &associated(import.id, 0)));
        store::insert(tx, &import, sealed).await?;
        let expiry = ExpireUserImport { import: import.id };
        self.queue.enqueue_at(tx, &expiry, now.plus(OPEN_FOR)).await?;
        Ok(import)
    }

    async fn add_rows_in(
        &self,
        tx: &mut Tx,
        id: UserImportId,
        rows: &[ImportRow],
    ) -> Result<UserImport, IdentityError> {
        let mut import = self.lock_in(tx, id).await?;
        if import.status != ImportStatus::Open {
            return Err(IdentityError::ImportNotOpen);
        }
        for row in rows {
            import.rows_total += 1;
            if import.rows_total > MOST_ROWS {
                return Err(IdentityError::ImportFull);
            }
            let json = serde_json::to_vec(row).map_err(DbError::internal)?;
            let sealed = self.rows.seal(&json, &associated(id, import.rows_total));
            let hash = self
                .addresses
                .tag(&[id.uuid().as_bytes(), row.address().as_bytes()]);
            store::insert_row(tx, id, import.rows_total, hash, sealed).await?;
        }
        store::update_total(tx, id, import.rows_total).await?;
        Ok(import)
    }

    async fn start_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        id: UserImportId,
        now: Timestamp,
    ) -> Result<UserImport, IdentityError> {
        let import = self.lock_in(tx, id).await?;
        if import.is_over() {
            return Err(IdentityError::ImportNotOpen);
        }
        self.enqueue_in(tx, id).await?;
        if import.status == ImportStatus::Running {
            return Ok(import);
        }
        store::update_started(tx, id, now).await?;
        let started = UserImportStarted {
            import_id: id,
            is_dry_run: import.mode == ImportMode::DryRun,
            rows: import.rows_total,
        };
        self.machinery.events.publish(tx, context, &started).await?;
        Ok(UserImport {
            status: ImportStatus::Running,
            started_at: Some(now),
            ..import
        })
    }

    /// The import is over, and everybody is told.
    async fn end_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        import: UserImport,
        status: ImportStatus,
        now: Timestamp,
    ) -> Result<UserImport, IdentityError> {
        store::update_over(tx, import.id, status, now).await?;
        let finished = UserImportFinished {
            import_id: import.id,
            is_dry_run: import.mode == ImportMode::DryRun,
            status: status.as_str().to_owned(),
            rows_created: import.rows_created,
            rows_failed: import.rows_failed,
        };
        self.machinery.events.publish(tx, context, &finished).await?;
        Ok(UserImport {
            status,
            finished_at: Some(now),
            ..import
        })
    }

    /// One job at a time is enough.
    async fn enqueue_in(&self, tx: &mut Tx, id: UserImportId) -> Result<(), DbError> {
        let job = RunUserImport { import: id };
        let key = id.to_string();
        self.queue.enqueue_unique(tx, &key, &job).await.map(drop)
    }

    async fn lock_in(&self, tx: &mut Tx, id: UserImportId) -> Result<UserImport, IdentityError> {
        store::lock(tx, id).await?.ok_or(IdentityError::NotFound)
    }

    /// Deletes what belongs to an import, a part at a time.
    async fn sweep(&self, id: UserImportId, what: Sweep) -> Result<(), DbError> {
        let delete = async move |tx: &mut Tx| match what {
            Sweep::Rows => store::delete_rows(tx, id, SWEEP).await,
            Sweep::Errors => store::delete_errors(tx, id, SWEEP).await,
        };
        while self.machinery.db.write_soft(delete).await? > 0 {}
        Ok(())
    }
}

/// Which row a sealed text belongs to; 0 stands for the parameters.
fn associated(id: UserImportId, position: i64) -> Vec<u8> {
    [id.uuid().as_bytes().as_slice(), &position.to_be_bytes()].concat()
}
