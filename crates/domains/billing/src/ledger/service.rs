//! Writing to the ledger.

use std::collections::BTreeMap;

use db::Tx;
use kernel::{LedgerTransferId, Timestamp};

use super::model::NewTransfer;
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// The books. Cheap to clone.
#[derive(Clone)]
pub struct Ledger {
    machinery: Machinery,
}

impl Ledger {
    /// The books in `machinery`'s database.
    pub fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Writes a transfer with its entries and the sums of its day, once per effect key; `false` when it was there.
    /// One that moves nothing is not written.
    ///
    /// # Errors
    /// [`BillingError::Unbalanced`] when the entries don't sum to zero.
    pub async fn post(&self, tx: &mut Tx, transfer: &NewTransfer) -> Result<bool, BillingError> {
        let entries = transfer.balanced().ok_or(BillingError::Unbalanced)?;
        if entries.is_empty() {
            return Ok(false);
        }
        let mut sums: BTreeMap<String, i64> = BTreeMap::new();
        for (account, amount) in &entries {
            let sum = sums.entry(account.to_string()).or_default();
            *sum = sum.checked_add(*amount).ok_or(BillingError::Unbalanced)?;
        }
        let now = self.machinery.clock.now();
        let id = LedgerTransferId::new(&*self.machinery.ids, now);
        if !store::insert(tx, id, transfer, now).await? {
            return Ok(false);
        }
        store::insert_entries(tx, id, &entries).await?;
        store::add_to_day(tx, transfer.currency, &day_of(transfer.occurred_at), &sums).await?;
        Ok(true)
    }
}

/// The day in UTC: `2026-11-24`.
pub(super) fn day_of(time: Timestamp) -> String {
    time.date_time().format("%Y-%m-%d").to_string()
}
