//! Buyers who want money back from the bank.

use std::time::Duration;

use db::Tx;
use kernel::Money;
use ports::payments::ObjectKind;

use crate::error::SandboxError;
use crate::model::event::Fact;
use crate::model::payment::{Dispute, DisputeStatus, Payment};
use crate::service::Sandbox;
use crate::store::{disputes, payments};

/// How long a dispute can be answered.
const ANSWERED_WITHIN: Duration = Duration::from_hours(7 * 24);

impl Sandbox {
    /// Has the buyer's bank take back what is left of a payment.
    pub(crate) async fn dispute(&self, payment: &str) -> Result<Dispute, SandboxError> {
        let (this, payment) = (self.clone(), payment.to_owned());
        let work = async move |tx: &mut Tx| {
            let now = this.machinery.clock.now();
            let found = payments::lock(tx, &payment).await?;
            let payment = found.ok_or(SandboxError::NotFound)?;
            if payment.rest() == 0 {
                return Err(SandboxError::WrongState("nothing of the payment is left"));
            }
            let amount = Money::new(payment.rest(), payment.amount.currency());
            let dispute = Dispute {
                id: this.id("dsp", now),
                payment: payment.id.clone(),
                amount,
                withdrawn: amount,
                status: DisputeStatus::NeedsResponse,
                reason: "fraudulent".to_owned(),
                due_at: now.plus(ANSWERED_WITHIN),
                created_at: now,
            };
            if !disputes::insert(tx, &dispute).await? {
                return Err(SandboxError::WrongState("the payment was disputed before"));
            }
            this.tell_dispute_in(tx, "dispute.created", &dispute, &payment)
                .await?;
            Ok(dispute)
        };
        self.machinery.db.write(work).await
    }

    /// Has the bank decide.
    pub(crate) async fn decide(&self, dispute: &str, status: DisputeStatus) -> Result<(), SandboxError> {
        let (this, dispute) = (self.clone(), dispute.to_owned());
        let work = async move |tx: &mut Tx| {
            let found = disputes::find(tx, &dispute).await?;
            let mut dispute = found.ok_or(SandboxError::NotFound)?;
            let found = payments::lock(tx, &dispute.payment).await?;
            let payment = found.ok_or(SandboxError::NotFound)?;
            dispute.status = status;
            if status == DisputeStatus::Won {
                dispute.withdrawn = Money::zero(dispute.amount.currency());
            }
            let now = this.machinery.clock.now();
            if !disputes::update_decided(tx, &dispute, now).await? {
                return Err(SandboxError::WrongState("the bank has decided"));
            }
            this.tell_dispute_in(tx, "dispute.closed", &dispute, &payment)
                .await
        };
        self.machinery.db.write(work).await
    }

    async fn tell_dispute_in(
        &self,
        tx: &mut Tx,
        event_type: &'static str,
        dispute: &Dispute,
        payment: &Payment,
    ) -> Result<(), SandboxError> {
        let fact = Fact::of(
            event_type,
            ObjectKind::Dispute,
            &dispute.id,
            payment.reference.as_deref(),
        );
        self.tell_in(tx, payment.delivery, &[fact]).await
    }
}
