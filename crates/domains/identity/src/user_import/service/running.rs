//! The work on rows: a batch at a time, each in one transaction with the progress, so that a row is done
//! exactly once, whoever stops and starts, and however many workers there are.

use ::jobs::Delivery;
use crypto::FirebaseParameters;
use db::{DbError, Tx};
use kernel::context::Actor;
use kernel::{RequestContext, Timestamp, UserImportId};

use super::super::model::{
    Candidate, ImportMode, ImportRow, ImportStatus, KeptFirebase, Progress, RowFault, UserImport,
};
use super::super::store::{self, KeptRow};
use super::{UserImports, associated};
use crate::error::IdentityError;

/// Short enough that nobody waits long for the database behind one.
pub(super) const BATCH: i64 = 200;

impl UserImports {
    /// Does the next rows, if the import runs.
    pub async fn run_batch(&self, id: UserImportId) -> Result<Progress, IdentityError> {
        let (this, now) = (self.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| this.run_batch_in(tx, id, now).await)
            .await
    }

    /// Lets the next job go on, and ends this one, in one transaction.
    pub(in crate::user_import) async fn hand_on(
        &self,
        id: UserImportId,
        delivery: &Delivery,
    ) -> Result<(), DbError> {
        let (this, delivery) = (self.clone(), delivery.clone());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                delivery.finish(tx).await?;
                this.enqueue_in(tx, id).await
            })
            .await
    }

    /// Cancels the import if nobody started it.
    pub(in crate::user_import) async fn expire(&self, id: UserImportId) -> Result<(), IdentityError> {
        let (this, now) = (self.clone(), self.machinery.now());
        self.machinery
            .db
            .write(async move |tx: &mut Tx| {
                let open = store::lock(tx, id)
                    .await?
                    .filter(|import| import.status == ImportStatus::Open);
                if let Some(import) = open {
                    let context = RequestContext::system();
                    this.end_in(tx, &context, import, ImportStatus::Cancelled, now)
                        .await?;
                }
                Ok::<_, IdentityError>(())
            })
            .await?;
        Ok(self.clear(id).await?)
    }

    pub(super) async fn run_batch_in(
        &self,
        tx: &mut Tx,
        id: UserImportId,
        now: Timestamp,
    ) -> Result<Progress, IdentityError> {
        // The lock is what makes several workers take turns.
        let running = store::lock(tx, id)
            .await?
            .filter(|import| import.status == ImportStatus::Running);
        let Some(mut import) = running else {
            return Ok(Progress::Over);
        };
        let context = context_of(&import);
        let firebase = self.firebase_in(tx, id).await?;
        let rows = store::list_rows(tx, id, import.rows_done, BATCH).await?;
        for row in &rows {
            match self
                .take_in(tx, &context, &import, row, firebase.as_ref(), now)
                .await?
            {
                Ok(()) if import.mode == ImportMode::Import => import.rows_created += 1,
                Ok(()) => {}
                Err(fault) => {
                    store::insert_error(tx, id, row.position, &fault).await?;
                    import.rows_failed += 1;
                }
            }
            import.rows_done = row.position;
        }
        if !rows.is_empty() {
            store::update_progress(tx, &import).await?;
        }
        if import.rows_done < import.rows_total {
            return Ok(Progress::More);
        }
        self.end_in(tx, &context, import, ImportStatus::Done, now).await?;
        Ok(Progress::Over)
    }

    /// One row: an account, or what is wrong with it.
    async fn take_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        import: &UserImport,
        row: &KeptRow,
        firebase: Option<&FirebaseParameters>,
        now: Timestamp,
    ) -> Result<Result<(), RowFault>, IdentityError> {
        let candidate = match self.read(import.id, row, firebase, now) {
            Ok(_) if row.is_repeated => return Ok(Err(RowFault::repeated())),
            Ok(candidate) => candidate,
            Err(fault) => return Ok(Err(fault)),
        };
        let is_made = match import.mode {
            ImportMode::Import => self.make_in(tx, context, candidate, now).await?,
            ImportMode::DryRun => {
                let email = candidate.user.admitted.email();
                self.users.find_by_email_in(tx, email).await?.is_none()
            }
        };
        Ok(if is_made {
            Ok(())
        } else {
            Err(RowFault::email_taken())
        })
    }

    fn read(
        &self,
        id: UserImportId,
        row: &KeptRow,
        firebase: Option<&FirebaseParameters>,
        now: Timestamp,
    ) -> Result<Candidate, RowFault> {
        let unreadable = || {
            let detail = "the row was sealed under another master key; add it again";
            RowFault::new("", "unreadable", detail)
        };
        let json = self.rows.open(&row.sealed, &associated(id, row.position));
        let json = json.ok_or_else(unreadable)?;
        let read: ImportRow = serde_json::from_slice(&json).map_err(|_| unreadable())?;
        read.candidate(firebase, now)
    }

    /// Makes the account; `false` when its address is taken. Nothing is mailed.
    async fn make_in(
        &self,
        tx: &mut Tx,
        context: &RequestContext,
        candidate: Candidate,
        now: Timestamp,
    ) -> Result<bool, IdentityError> {
        let made = self.users.register_in(tx, context, candidate.user, now).await?;
        let Some(user) = made else {
            return Ok(false);
        };
        if let Some(created_at) = candidate.created_at {
            store::update_created_at(tx, user.id, created_at).await?;
        }
        if let Some(hash) = &candidate.hash {
            let kept = self.hashes.keep(hash);
            self.passwords.set_in(tx, &user, &kept, now).await?;
        }
        Ok(true)
    }

    async fn firebase_in(
        &self,
        tx: &mut Tx,
        id: UserImportId,
    ) -> Result<Option<FirebaseParameters>, DbError> {
        let sealed = store::find_firebase(tx, id).await?;
        let json = sealed.and_then(|sealed| self.rows.open(&sealed, &associated(id, 0)));
        let kept = json.and_then(|json| serde_json::from_slice::<KeptFirebase>(&json).ok());
        Ok(kept.map(FirebaseParameters::from))
    }
}

/// Accounts are made in the name of the member of staff who began the import.
fn context_of(import: &UserImport) -> RequestContext {
    let actor = import.created_by.map_or(Actor::System, Actor::User);
    RequestContext::system().acting_as(actor)
}
