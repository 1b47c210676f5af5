//! How recovery codes are made, compared and used.

use db::{DbError, Executor, Tx};
use kernel::{Secret, Timestamp, UserId};

use super::model::{CODES, CodeMatch, NewCodes, RecoveryCode};
use super::store;
use crate::error::IdentityError;
use crate::machinery::Machinery;

/// Recovery codes. Cheap to clone.
#[derive(Clone)]
pub struct RecoveryCodes {
    machinery: Machinery,
}

impl RecoveryCodes {
    /// Over `machinery`.
    pub const fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// A full set. Hashing takes a while, so never inside a transaction.
    pub(crate) async fn generate(&self) -> Result<NewCodes, IdentityError> {
        let codes: Vec<RecoveryCode> = (0..CODES).map(RecoveryCode::generate).collect();
        let mut hashes = Vec::with_capacity(codes.len());
        for code in &codes {
            hashes.push(self.machinery.hasher.hash(code.letters.clone()).await?);
        }
        Ok(NewCodes { codes, hashes })
    }

    /// Puts a full set in the place of what there is.
    pub(crate) async fn replace_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        new: &NewCodes,
        now: Timestamp,
    ) -> Result<(), DbError> {
        store::delete(tx, user).await?;
        for (code, phc) in new.codes.iter().zip(&new.hashes) {
            store::insert(tx, user, code.position, phc, now).await?;
        }
        Ok(())
    }

    /// What is kept of the code at the position that `code` names, when it was not used.
    pub(crate) async fn find_in(
        &self,
        db: &mut impl Executor,
        user: UserId,
        code: &Secret<String>,
    ) -> Result<Option<String>, DbError> {
        match RecoveryCode::parse(code.expose()) {
            Some(code) => store::find(db, user, code.position).await,
            None => Ok(None),
        }
    }

    /// Whether it is the code. Takes equally long when there is none to compare with; never inside a transaction.
    pub(crate) async fn compare(
        &self,
        code: &Secret<String>,
        phc: Option<String>,
    ) -> Result<Option<CodeMatch>, IdentityError> {
        let code = RecoveryCode::parse(code.expose());
        let letters = code.as_ref().map(|code| code.letters.clone());
        let letters = letters.unwrap_or_else(|| Secret::new(String::new()));
        let verdict = self.machinery.hasher.verify(letters, phc.clone()).await?;
        Ok(match (code, phc) {
            (Some(code), Some(phc)) if verdict.matches => Some(CodeMatch {
                position: code.position,
                phc,
            }),
            _ => None,
        })
    }

    /// Uses a code up. `false` when somebody was faster, or there are others by now.
    pub(crate) async fn spend_in(
        &self,
        tx: &mut Tx,
        user: UserId,
        shown: &CodeMatch,
        now: Timestamp,
    ) -> Result<bool, DbError> {
        let updated = store::update_used(tx, user, shown.position, &shown.phc, now).await?;
        Ok(updated > 0)
    }
}
