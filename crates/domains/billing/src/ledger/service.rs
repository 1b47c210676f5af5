//! Writing to the ledger, and reading it.

mod checking;

use std::collections::BTreeMap;

use db::{DbError, ReadTx, Tx};
use kernel::{Currency, LedgerTransferId, Page, PageRequest};

use super::model::figures::{Day, Figures, Interval, Range, rows_of};
use super::model::{Balance, NewTransfer, Transfer, TransferFilter};
use super::store;
use super::store::reading;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// The most days that figures by the day span.
const LONGEST_IN_DAYS: u64 = 366;
/// The most days that figures by the month span.
const LONGEST_IN_MONTHS: u64 = 3660;

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
        store::add_to_day(
            tx,
            transfer.currency,
            &Day::of(transfer.occurred_at).to_string(),
            &sums,
        )
        .await?;
        Ok(true)
    }

    /// What is on each account in each currency.
    pub(crate) async fn balances(&self) -> Result<Vec<Balance>, BillingError> {
        let work = async move |tx: &mut ReadTx| reading::list_balances(tx).await;
        let balances: Result<_, DbError> = self.machinery.db.read(work).await;
        Ok(balances?)
    }

    /// What happened in each time of a range.
    pub(crate) async fn figures(
        &self,
        range: Range,
    ) -> Result<Vec<(String, Currency, Figures)>, BillingError> {
        let longest = match range.interval {
            Interval::Day => LONGEST_IN_DAYS,
            Interval::Month => LONGEST_IN_MONTHS,
        };
        if range.to < range.from || range.from.days_until(range.to) > longest {
            let detail = format!("the last day is the first one, or up to {longest} days later");
            return Err(BillingError::field("to", "out_of_range", detail));
        }
        let work = async move |tx: &mut ReadTx| reading::list_sums(tx, &range).await;
        let sums: Result<_, DbError> = self.machinery.db.read_aside(work).await;
        Ok(rows_of(sums?))
    }

    /// The present day.
    pub(crate) fn today(&self) -> Day {
        Day::of(self.machinery.clock.now())
    }

    /// What was written, the newest first.
    pub(crate) async fn list(
        &self,
        filter: TransferFilter,
        page: PageRequest,
    ) -> Result<Page<Transfer>, BillingError> {
        let work = async move |tx: &mut ReadTx| reading::list(tx, filter, &page).await;
        let listed: Result<_, DbError> = self.machinery.db.read(work).await;
        Ok(listed?)
    }
}
