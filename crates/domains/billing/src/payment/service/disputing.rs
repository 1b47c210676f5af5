//! What disputes change about payments. They are applied by the slice of disputes, under the lock of the payment.

use db::Tx;
use kernel::{RequestContext, Timestamp};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::Payment;
use crate::payment::model::standing::{Advance, Effect, reason};
use crate::payment::store;

impl Payments {
    /// The payment that is this one at the provider, until the transaction ends nobody else's to change.
    pub(crate) async fn lock_by_reference_in(
        &self,
        tx: &mut Tx,
        account: (&str, &str),
        reference: &str,
    ) -> Result<Option<Payment>, BillingError> {
        match store::find_by_reference(tx, account, reference).await? {
            Some(id) => Ok(store::lock(tx, id).await?),
            None => Ok(None),
        }
    }

    /// So much of it is disputed at this moment.
    pub(crate) async fn dispute_in(
        &self,
        tx: &mut Tx,
        payment: &Payment,
        disputed: i64,
    ) -> Result<(), BillingError> {
        let advance = Advance {
            standing: payment.standing.with_disputed(disputed),
            effects: Vec::new(),
        };
        let now = self.machinery.clock.now();
        self.write_system_in(tx, payment, advance, now).await
    }

    /// Something about it can't be booked: somebody has to look.
    pub(crate) async fn doubt_in(&self, tx: &mut Tx, payment: &Payment) -> Result<(), BillingError> {
        let mut standing = payment.standing.clone();
        if standing.reason.as_deref() == Some(reason::DISPUTE) {
            return Ok(());
        }
        standing.reason = Some(reason::DISPUTE.to_owned());
        let advance = Advance {
            standing,
            effects: vec![Effect::ReviewNeeded(reason::DISPUTE)],
        };
        let now = self.machinery.clock.now();
        self.write_system_in(tx, payment, advance, now).await
    }

    async fn write_system_in(
        &self,
        tx: &mut Tx,
        payment: &Payment,
        advance: Advance,
        now: Timestamp,
    ) -> Result<(), BillingError> {
        let context = RequestContext::system();
        self.write_in(tx, (&context, now), payment, payment.clone(), advance)
            .await
    }
}
