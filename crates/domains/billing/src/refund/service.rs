//! The refunds of a payment. Whoever changes them holds the lock of the payment.

use db::{DbError, ReadTx, Tx};
use kernel::event::payment::RefundFailed;
use kernel::{PaymentId, RefundId, RequestContext, Timestamp};
use ports::payments::{RefundSnapshot, RefundState};

use super::model::{ACCEPTED, Refund, RefundStatus};
use super::store;
use crate::error::BillingError;
use crate::machinery::Machinery;

/// What was given back, and what is to be. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Refunds {
    machinery: Machinery,
}

impl Refunds {
    /// Refunds kept by `machinery`.
    pub(crate) fn new(machinery: Machinery) -> Self {
        Self { machinery }
    }

    /// Those of a payment, the oldest first.
    pub(crate) async fn list(&self, payment: PaymentId) -> Result<Vec<Refund>, BillingError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, payment).await;
        self.machinery.db.read(work).await.map_err(BillingError::Db)
    }

    /// One of them.
    pub(crate) async fn get(&self, id: RefundId) -> Result<Refund, BillingError> {
        let work = async move |tx: &mut ReadTx| store::find(tx, id).await;
        let found: Option<Refund> = self.machinery.db.read(work).await.map_err(BillingError::Db)?;
        found.ok_or(BillingError::NotFound)
    }

    /// As [`Refunds::list`], inside a transaction.
    pub(crate) async fn list_in(&self, tx: &mut Tx, payment: PaymentId) -> Result<Vec<Refund>, DbError> {
        store::list(tx, payment).await
    }

    /// Writes one down.
    pub(crate) async fn insert_in(&self, tx: &mut Tx, refund: &Refund) -> Result<bool, DbError> {
        store::insert(tx, refund).await
    }

    /// Counts a question before it is asked; `false` where somebody else asks, or has an answer.
    pub(crate) async fn begin(&self, refund: &Refund) -> Result<bool, BillingError> {
        let (asked, now) = ((refund.id, refund.attempt), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| store::update_attempt(tx, asked, now).await;
        self.machinery.db.write(work).await.map_err(BillingError::Db)
    }

    /// It did not work, or nobody knows whether it did.
    pub(crate) async fn end_in(
        &self,
        tx: &mut Tx,
        id: RefundId,
        (status, reason): (RefundStatus, &str),
    ) -> Result<(), BillingError> {
        let Some(refund) = store::find(tx, id).await? else {
            return Ok(());
        };
        if !refund.status.is_open() {
            return Ok(());
        }
        let next = Refund {
            status,
            status_reason: Some(reason.to_owned()),
            ..refund.clone()
        };
        self.write_in(tx, &refund, next, self.machinery.clock.now()).await
    }

    /// What staff make of one that needs it.
    pub(crate) async fn resolve_in(
        &self,
        tx: &mut Tx,
        (payment, id): (PaymentId, RefundId),
        how: (RefundStatus, &str),
    ) -> Result<(), BillingError> {
        let found = store::find(tx, id)
            .await?
            .filter(|refund| refund.payment == payment);
        let refund = found.ok_or(BillingError::NotFound)?;
        if refund.status != RefundStatus::NeedsReview {
            let detail = "only a refund that needs a review is settled by hand";
            return Err(BillingError::WrongState(detail));
        }
        self.end_in(tx, id, how).await
    }

    /// Makes the rows of a payment say what the provider says of its refunds: of each, where it lists them, and else by
    /// what was given back in all. Those that were made at the provider get rows of their own. `blank` is what such a
    /// row looks like. Answers whether any is still on its way.
    pub(crate) async fn record_in(
        &self,
        tx: &mut Tx,
        blank: Refund,
        seen: &[RefundSnapshot],
        refunded: i64,
    ) -> Result<bool, BillingError> {
        let now = self.machinery.clock.now();
        let mut rows = store::list(tx, blank.payment).await?;
        let is_told = |refund: &&RefundSnapshot| refund.id.is_some() || refund.reference.is_some();
        let told: Vec<&RefundSnapshot> = seen.iter().filter(is_told).collect();
        for snapshot in &told {
            match place(&rows, snapshot).and_then(|place| rows.get_mut(place)) {
                Some(row) => {
                    let next = moved(row, snapshot);
                    self.write_in(tx, row, next.clone(), now).await?;
                    *row = next;
                }
                None => rows.extend(self.insert_seen_in(tx, &blank, snapshot).await?),
            }
        }
        if told.is_empty() {
            self.settle_in(tx, &mut rows, &blank, refunded).await?;
        }
        Ok(rows.iter().any(|row| row.status == RefundStatus::Pending))
    }

    async fn insert_seen_in(
        &self,
        tx: &mut Tx,
        blank: &Refund,
        snapshot: &RefundSnapshot,
    ) -> Result<Option<Refund>, BillingError> {
        let amount = snapshot.amount.minor();
        if amount <= 0 || snapshot.amount.currency() != blank.currency {
            return Ok(None);
        }
        let row = Refund {
            id: RefundId::new(&*self.machinery.ids, self.machinery.clock.now()),
            amount,
            status: RefundStatus::Pending.after(&snapshot.state),
            provider_reference: snapshot.id.clone(),
            ..blank.clone()
        };
        let is_new = store::insert(tx, &row).await?;
        Ok(is_new.then_some(row))
    }

    /// By the sum alone: where it has grown by exactly what was asked for, that has happened. While anything is open that
    /// may be a part of it, nothing is made up; else what is left was given back at the provider.
    async fn settle_in(
        &self,
        tx: &mut Tx,
        rows: &mut [Refund],
        blank: &Refund,
        refunded: i64,
    ) -> Result<(), BillingError> {
        let now = self.machinery.clock.now();
        let done = rows.iter().filter(|row| row.status == RefundStatus::Succeeded);
        let rest = refunded - done.map(|row| row.amount).sum::<i64>();
        let is_asked = |row: &Refund| row.status.is_open() && row.attempt > 0;
        let asked = rows.iter().filter(|row| is_asked(row));
        if rest > 0 && asked.map(|row| row.amount).sum::<i64>() == rest {
            for row in rows.iter_mut().filter(|row| is_asked(row)) {
                let next = Refund {
                    status: RefundStatus::Succeeded,
                    status_reason: None,
                    ..row.clone()
                };
                self.write_in(tx, row, next.clone(), now).await?;
                *row = next;
            }
            return Ok(());
        }
        if rest > 0 && !rows.iter().any(is_asked) {
            let row = Refund {
                id: RefundId::new(&*self.machinery.ids, now),
                amount: rest,
                status: RefundStatus::Succeeded,
                ..blank.clone()
            };
            store::insert(tx, &row).await?;
        }
        Ok(())
    }

    async fn write_in(
        &self,
        tx: &mut Tx,
        known: &Refund,
        next: Refund,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let is_same = next.status == known.status
            && next.status_reason == known.status_reason
            && next.provider_reference == known.provider_reference;
        if is_same {
            return Ok(());
        }
        store::update(tx, &next, now).await?;
        let has_failed = |status| matches!(status, RefundStatus::Failed | RefundStatus::Canceled);
        if has_failed(next.status) && !has_failed(known.status) {
            let event = RefundFailed {
                refund_id: next.id,
                payment_id: next.payment,
                organization_id: next.organization,
                reason: next
                    .status_reason
                    .unwrap_or_else(|| next.status.as_str().to_owned()),
            };
            let context = RequestContext::system();
            self.machinery.events.publish(tx, &context, &event).await?;
        }
        Ok(())
    }
}

/// Which row it is: by the provider's id, by ours, or the one that is under way with the same amount and has no id
/// yet, because the answer to the question is still to come.
fn place(rows: &[Refund], snapshot: &RefundSnapshot) -> Option<usize> {
    let by_id = rows
        .iter()
        .position(|row| snapshot.id.is_some() && row.provider_reference == snapshot.id);
    let ours = snapshot
        .reference
        .as_ref()
        .and_then(|text| text.parse::<RefundId>().ok());
    let by_reference = || rows.iter().position(|row| Some(row.id) == ours);
    let is_awaited = |row: &Refund| {
        ours.is_none()
            && row.status.is_open()
            && row.attempt > 0
            && row.provider_reference.is_none()
            && row.money() == snapshot.amount
    };
    by_id
        .or_else(by_reference)
        .or_else(|| rows.iter().position(is_awaited))
}

fn moved(row: &Refund, snapshot: &RefundSnapshot) -> Refund {
    let status = row.status.after(&snapshot.state);
    let status_reason = match &snapshot.state {
        RefundState::Unknown(_) if status == RefundStatus::NeedsReview => Some("unknown_status".to_owned()),
        RefundState::Pending if status == RefundStatus::Pending => Some(ACCEPTED.to_owned()),
        _ if status == row.status => row.status_reason.clone(),
        _ => None,
    };
    Refund {
        status,
        status_reason,
        provider_reference: row.provider_reference.clone().or_else(|| snapshot.id.clone()),
        ..row.clone()
    }
}
