//! Whether the books agree with themselves and with the payments.

use db::{DbError, ReadTx, Tx};
use jobs::Delivery;
use kernel::{LedgerTransferId, PaymentId};
use uuid::Uuid;

use super::Ledger;
use crate::drift::model::{DriftKind, NewDrift};
use crate::drift::service::Drifts;
use crate::error::BillingError;
use crate::ledger::model::figures::Day;
use crate::ledger::store::checking as store;
use crate::ledger::work::{CheckLedger, Part};

/// How many are looked at by one statement.
const BATCH: u32 = 500;
/// A day before any on which something was paid.
const BEFORE_ALL: &str = "1970-01-01";
/// How many statements a job runs before others have their turn.
const BATCHES: u32 = 20;

impl Ledger {
    /// Checks some of the books, and has the rest checked. What is found is written down for people, and nothing is
    /// mended.
    pub(crate) async fn check(
        &self,
        drifts: &Drifts,
        job: CheckLedger,
        delivery: &Delivery,
    ) -> Result<(), BillingError> {
        let mut next = Some(job.next);
        for _ in 0..BATCHES {
            let Some(part) = next else { break };
            let found;
            (found, next) = match part {
                Part::Transfers(after) => self.check_transfers(after).await?,
                Part::Days(after) => self.check_next_day(after).await?,
                Part::Payments(after) => self.check_payments(after).await?,
            };
            drifts.record_all(found).await?;
        }
        let (this, delivery) = (self.clone(), delivery.clone());
        let work = async move |tx: &mut Tx| {
            if let Some(next) = &next {
                let job = CheckLedger { next: next.clone() };
                this.machinery.queue.enqueue(tx, &job).await?;
            }
            delivery.finish(tx).await
        };
        let ended: Result<(), DbError> = self.machinery.db.write_soft(work).await;
        Ok(ended?)
    }

    async fn check_transfers(&self, after: LedgerTransferId) -> Result<Checked, DbError> {
        let work = async move |tx: &mut ReadTx| store::list_weighed(tx, after, BATCH).await;
        let weighed: Result<Vec<_>, DbError> = self.machinery.db.read_aside(work).await;
        let weighed = weighed?;
        let mut found = Vec::new();
        for transfer in &weighed {
            if transfer.sum != Some(0) {
                let detail = match transfer.sum {
                    Some(sum) => format!("its entries sum to {sum}"),
                    None => "it has no entries".to_owned(),
                };
                found.push(drift(DriftKind::LedgerTransferUnbalanced, &transfer.id, detail));
            }
            if !transfer.has_payment {
                let detail = "there is no payment of this currency that it is about".to_owned();
                found.push(drift(DriftKind::LedgerTransferOrphaned, &transfer.id, detail));
            }
        }
        let next = weighed.last().filter(|_| is_full(&weighed));
        let next = next.map(|last| Part::Transfers(last.id));
        Ok((found, next.or_else(|| Some(Part::Days(BEFORE_ALL.to_owned())))))
    }

    async fn check_next_day(&self, after: String) -> Result<Checked, DbError> {
        let work = async move |tx: &mut ReadTx| {
            let before: Day = after.parse().map_err(DbError::internal)?;
            let (kept, happened) = store::find_next_day(tx, &after, before.end()).await?;
            let kept = kept.and_then(|day| day.parse().ok());
            let Some(day) = [kept, happened.map(Day::of)].into_iter().flatten().min() else {
                return Ok(None);
            };
            let (name, times) = (day.to_string(), (day.begin(), day.end()));
            Ok(Some((day, store::list_miscounted(tx, &name, times).await?)))
        };
        let checked: Result<_, DbError> = self.machinery.db.read_aside(work).await;
        let Some((day, miscounted)) = checked? else {
            let first = PaymentId::from_uuid(Uuid::nil());
            return Ok((Vec::new(), Some(Part::Payments(first))));
        };
        let found = miscounted.into_iter().map(|sum| {
            let subject = format!("{day} {} {}", sum.account, sum.currency);
            let detail = format!(
                "{} is kept as its sum, and its entries come to {}",
                sum.kept, sum.entries
            );
            drift(DriftKind::LedgerDayDiffers, &subject, detail)
        });
        Ok((found.collect(), Some(Part::Days(day.to_string()))))
    }

    async fn check_payments(&self, after: PaymentId) -> Result<Checked, DbError> {
        let work = async move |tx: &mut ReadTx| store::list_booked(tx, after, BATCH).await;
        let payments: Result<Vec<_>, DbError> = self.machinery.db.read_aside(work).await;
        let payments = payments?;
        let differing = payments.iter().filter(|payment| payment.said != payment.entries);
        let found = differing.map(|payment| {
            let (said, booked) = (payment.said, payment.entries);
            let detail = format!(
                "paid {}, given back {}, disputed {}; booked are {}, {} and {}",
                said.paid, said.refunded, said.disputed, booked.paid, booked.refunded, booked.disputed
            );
            drift(DriftKind::LedgerPaymentDiffers, &payment.id, detail)
        });
        let next = payments.last().filter(|_| is_full(&payments));
        Ok((found.collect(), next.map(|last| Part::Payments(last.id))))
    }
}

/// What was found, and what is checked next.
type Checked = (Vec<NewDrift>, Option<Part>);

fn drift(kind: DriftKind, subject: &impl ToString, detail: String) -> NewDrift {
    NewDrift {
        kind,
        account: None,
        subject: subject.to_string(),
        detail,
    }
}

fn is_full<T>(batch: &[T]) -> bool {
    u32::try_from(batch.len()).is_ok_and(|count| count >= BATCH)
}
