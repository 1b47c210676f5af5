//! What a payment's moves are in the books.

use std::borrow::Cow;

use db::Tx;
use kernel::Timestamp;

use super::Payments;
use crate::error::BillingError;
use crate::ledger::model::{Account, NewTransfer, TransferKind};
use crate::payment::model::Payment;
use crate::payment::model::standing::Effect;

impl Payments {
    /// Books what moves money, once: a version of a payment moves on once, and so does what is called by it.
    pub(super) async fn book_in(
        &self,
        tx: &mut Tx,
        now: Timestamp,
        payment: &Payment,
        effect: &Effect,
    ) -> Result<(), BillingError> {
        let provider = Account::Provider(Cow::Owned(payment.provider.clone()));
        let standing = &payment.standing;
        let (id, version) = (payment.id, payment.version);
        let (kind, effect_key, entries) = match effect {
            Effect::Paid => (
                TransferKind::Payment,
                format!("payment:{id}"),
                vec![
                    (provider, standing.paid),
                    (Account::Revenue, standing.tax.saturating_sub(standing.paid)),
                    (Account::Tax, standing.tax.saturating_neg()),
                ],
            ),
            Effect::Fee(delta) => (
                TransferKind::Fee,
                format!("fee:{id}:{version}"),
                vec![(Account::Fees, *delta), (provider, delta.saturating_neg())],
            ),
            Effect::Refunded(delta) => (
                TransferKind::Refund,
                format!("refund:{id}:{version}"),
                vec![(Account::Refunds, *delta), (provider, delta.saturating_neg())],
            ),
            Effect::Failed(_) | Effect::Closed | Effect::ReviewNeeded(_) => return Ok(()),
        };
        let paid_at = standing.paid_at.filter(|_| kind == TransferKind::Payment);
        let transfer = NewTransfer {
            effect_key,
            kind,
            organization_id: payment.organization,
            payment_id: id,
            currency: payment.currency,
            entries,
            occurred_at: paid_at.unwrap_or(now),
        };
        self.ledger.post(tx, &transfer).await.map(drop)
    }
}
