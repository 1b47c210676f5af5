//! What providers say of disputes, and what becomes of it.

use std::borrow::Cow;

use db::{ReadTx, Tx};
use kernel::event::payment::{DisputeClosed, DisputeFundsMoved, DisputeOpened};
use kernel::{DisputeId, Page, PageRequest, RequestContext, Timestamp};
use ports::payments::DisputeSnapshot;

use super::model::{Dispute, DisputeFilter, DisputeStatus};
use super::store;
use crate::error::BillingError;
use crate::ledger::model::{Account, NewTransfer, TransferKind};
use crate::ledger::service::Ledger;
use crate::machinery::Machinery;
use crate::payment::model::Payment;
use crate::payment::service::Payments;
use crate::source::Source;

/// Disputes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Disputes {
    machinery: Machinery,
    payments: Payments,
    ledger: Ledger,
}

impl Disputes {
    /// Disputes kept by `machinery`, about `payments`.
    pub(crate) fn new(machinery: Machinery, payments: Payments) -> Self {
        Self {
            ledger: Ledger::new(machinery.clone()),
            machinery,
            payments,
        }
    }

    /// The newest first.
    pub(crate) async fn list(
        &self,
        filter: DisputeFilter,
        page: PageRequest,
    ) -> Result<Page<Dispute>, BillingError> {
        let work = async move |tx: &mut ReadTx| store::list(tx, &filter, &page).await;
        self.machinery.db.read(work).await.map_err(BillingError::Db)
    }

    /// Makes the dispute say what the provider says, and the payment with it. One about a payment that is none of ours is
    /// left alone.
    pub(crate) async fn apply(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &DisputeSnapshot,
    ) -> Result<(), BillingError> {
        let Some(reference) = &snapshot.payment else {
            return Ok(());
        };
        let account = (source.provider, source.account.as_str());
        let Some(payment) = self.payments.lock_by_reference_in(tx, account, reference).await? else {
            tracing::debug!(
                provider = source.provider,
                dispute = snapshot.id,
                "a dispute is about none of our payments"
            );
            return Ok(());
        };
        if snapshot.amount.currency() != payment.currency || snapshot.withdrawn.currency() != payment.currency
        {
            // The bank counts in its own currency where the buyer paid in another; books are kept in the payment's.
            tracing::warn!(payment.id = %payment.id, dispute = snapshot.id, "a dispute is in another currency than its payment");
            return self.payments.doubt_in(tx, &payment).await;
        }
        let now = self.machinery.clock.now();
        let mut disputes = store::list_of(tx, payment.id).await?;
        match disputes
            .iter_mut()
            .find(|known| known.provider_reference == snapshot.id)
        {
            // What was asked for before the last answer says nothing new.
            Some(known) if known.synced_at.is_some_and(|synced| source.asked_at < synced) => return Ok(()),
            Some(known) => {
                let next = known.after(snapshot, source.asked_at);
                self.move_in(tx, known, &next, now).await?;
                *known = next;
            }
            None => disputes.extend(self.open_in(tx, (&payment, source), snapshot, now).await?),
        }
        let counting = disputes.iter().filter(|dispute| dispute.status.counts());
        let in_question: i64 = counting.map(|dispute| dispute.amount).sum();
        self.payments.dispute_in(tx, &payment, in_question).await
    }

    async fn open_in(
        &self,
        tx: &mut Tx,
        (payment, source): (&Payment, &Source),
        snapshot: &DisputeSnapshot,
        now: Timestamp,
    ) -> Result<Option<Dispute>, BillingError> {
        let begun = Dispute {
            id: DisputeId::new(&*self.machinery.ids, now),
            organization: payment.organization,
            payment: payment.id,
            provider: payment.provider.clone(),
            provider_account: payment.provider_account.clone(),
            provider_reference: snapshot.id.clone(),
            amount: snapshot.amount.minor(),
            withdrawn: 0,
            currency: payment.currency,
            status: DisputeStatus::NeedsReview,
            reason: snapshot.reason.clone(),
            due_at: snapshot.due_at,
            // What follows from its beginning is told apart from what follows from its first change.
            version: 0,
            synced_at: None,
            created_at: now,
            updated_at: now,
        };
        let next = begun.after(snapshot, source.asked_at);
        if !store::insert(tx, &next).await? {
            return Ok(None);
        }
        let event = DisputeOpened {
            dispute_id: next.id,
            payment_id: next.payment,
            organization_id: next.organization,
            amount: next.amount,
            currency: next.currency,
            reason: next.reason.clone(),
        };
        let context = RequestContext::system();
        self.machinery.events.publish(tx, &context, &event).await?;
        self.effects_in(tx, &begun, &next).await?;
        Ok(Some(next))
    }

    async fn move_in(
        &self,
        tx: &mut Tx,
        known: &mut Dispute,
        next: &Dispute,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        if !store::update(tx, next, now).await? {
            return Err(BillingError::Outdated);
        }
        self.effects_in(tx, known, next).await
    }

    /// Books what was taken, or with a negative amount returned: once for each version.
    async fn book_in(&self, tx: &mut Tx, dispute: &Dispute, taken: i64) -> Result<(), BillingError> {
        let provider = Account::Provider(Cow::Owned(dispute.provider.clone()));
        let transfer = NewTransfer {
            effect_key: format!("dispute:{}:{}", dispute.id, dispute.version),
            kind: TransferKind::Dispute,
            organization_id: dispute.organization,
            payment_id: dispute.payment,
            currency: dispute.currency,
            entries: vec![(Account::Disputes, taken), (provider, taken.saturating_neg())],
            occurred_at: self.machinery.clock.now(),
        };
        self.ledger.post(tx, &transfer).await.map(drop)
    }

    /// What follows from how it moved on.
    async fn effects_in(&self, tx: &mut Tx, known: &Dispute, next: &Dispute) -> Result<(), BillingError> {
        let (events, context) = (&self.machinery.events, RequestContext::system());
        let taken = next.withdrawn - known.withdrawn;
        if taken != 0 {
            self.book_in(tx, next, taken).await?;
            let event = DisputeFundsMoved {
                dispute_id: next.id,
                payment_id: next.payment,
                organization_id: next.organization,
                amount: taken,
                currency: next.currency,
            };
            events.publish(tx, &context, &event).await?;
        }
        if next.status.is_over() && next.status != known.status {
            let event = DisputeClosed {
                dispute_id: next.id,
                payment_id: next.payment,
                organization_id: next.organization,
                outcome: next.status.as_str().to_owned(),
            };
            events.publish(tx, &context, &event).await?;
        }
        Ok(())
    }
}
