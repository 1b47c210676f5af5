//! Money given back.

use db::Tx;
use kernel::{Money, Timestamp};
use ports::payments::{ObjectKind, RefundRequest};

use super::requests::Asked;
use crate::error::SandboxError;
use crate::model::event::Fact;
use crate::model::payment::{DisputeStatus, Payment, Refund};
use crate::service::Sandbox;
use crate::store::{disputes, payments, refunds};

/// What is to be given back, and on whose word.
pub(super) struct GivenBack<'a> {
    pub(super) id: String,
    pub(super) reference: Option<&'a str>,
    pub(super) amount: Money,
}

impl Sandbox {
    /// Gives money back as it was asked for through the API.
    pub(crate) async fn give_back(&self, request: &RefundRequest) -> Result<Refund, SandboxError> {
        let (this, request) = (self.clone(), request.clone());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let id = this.id("ref", now);
            let key = (request.idempotency_key.as_str(), "refund", id.as_str());
            if let Asked::Before(id) = this.ask_in(tx, key, &request, now).await? {
                return refunds::find(tx, &id).await?.ok_or(SandboxError::NotFound);
            }
            let given = GivenBack {
                id,
                reference: Some(&request.reference),
                amount: request.amount,
            };
            this.give_back_in(tx, &request.payment, given, now).await
        };
        self.machinery.db.write(work).await
    }

    /// Gives money back as somebody decided in the dashboard.
    pub(crate) async fn give_back_by_hand(
        &self,
        payment: &str,
        amount: &str,
    ) -> Result<Refund, SandboxError> {
        let (this, payment, amount) = (self.clone(), payment.to_owned(), amount.to_owned());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let found = payments::find(tx, &payment).await?;
            let currency = found.ok_or(SandboxError::NotFound)?.amount.currency();
            let amount = Money::from_decimal(amount.trim(), currency);
            let given = GivenBack {
                id: this.id("ref", now),
                reference: None,
                amount: amount.map_err(|_| SandboxError::Refused("an amount like 19.99 is expected"))?,
            };
            this.give_back_in(tx, &payment, given, now).await
        };
        self.machinery.db.write(work).await
    }

    /// Under the payment's lock, so that no more is given back than was paid.
    async fn give_back_in(
        &self,
        tx: &mut Tx,
        payment: &str,
        given: GivenBack<'_>,
        now: Timestamp,
    ) -> Result<Refund, SandboxError> {
        let found = payments::lock(tx, payment).await?;
        let mut payment = found.ok_or(SandboxError::NotFound)?;
        self.refuse_disputed(tx, &payment).await?;
        let is_left = (1..=payment.rest()).contains(&given.amount.minor());
        let refunded = payment.refunded.checked_add(given.amount);
        payment.refunded = refunded.filter(|_| is_left).ok_or(SandboxError::TooMuch)?;
        let refund = Refund {
            id: given.id,
            payment: payment.id.clone(),
            reference: given.reference.map(str::to_owned),
            amount: given.amount,
            created_at: now,
        };
        refunds::insert(tx, &refund).await?;
        payments::update(tx, &payment, now).await?;
        let reference = payment.reference.as_deref();
        let facts = [
            Fact::of("refund.created", ObjectKind::Refund, &refund.id, reference),
            Fact::of("payment.refunded", ObjectKind::Payment, &payment.id, reference),
        ];
        self.tell_in(tx, payment.delivery, &facts).await?;
        Ok(refund)
    }

    /// What the bank has taken back can't be given back besides.
    async fn refuse_disputed(&self, tx: &mut Tx, payment: &Payment) -> Result<(), SandboxError> {
        let dispute = disputes::find_of(tx, &payment.id).await?;
        match dispute.map(|dispute| dispute.status) {
            None | Some(DisputeStatus::Won) => Ok(()),
            Some(_) => Err(SandboxError::WrongState("the payment is disputed")),
        }
    }
}
