//! Payments whose pages are closed and that nobody has paid.

use db::Tx;
use kernel::RequestContext;

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::asking::LATE;
use crate::payment::model::standing::Advance;
use crate::payment::model::{Payment, PaymentStatus};
use crate::payment::store;

/// How many are looked at in one unit of work.
const PAGE: u32 = 50;

impl Payments {
    /// Lets them expire, page by page. What comes all the same is taken.
    pub(crate) async fn expire_overdue(&self) -> Result<(), BillingError> {
        loop {
            let this = self.clone();
            let work = async move |tx: &mut Tx| this.expire_page(tx).await;
            let expired: Result<usize, BillingError> = self.machinery.db.write(work).await;
            if expired? == 0 {
                return Ok(());
            }
        }
    }

    async fn expire_page(&self, tx: &mut Tx) -> Result<usize, BillingError> {
        let now = self.machinery.clock.now();
        let overdue = store::list_overdue(tx, now.minus(LATE), PAGE).await?;
        let context = RequestContext::system();
        for id in &overdue {
            if let Some(payment) = store::lock(tx, *id).await? {
                let advance = ended(&payment);
                self.write_in(tx, (&context, now), &payment, payment.clone(), advance)
                    .await?;
            }
        }
        Ok(overdue.len())
    }
}

/// What is settled or on its way stays what it is, and is waited for no longer because of its page.
fn ended(payment: &Payment) -> Advance {
    match payment.standing.status {
        PaymentStatus::Pending | PaymentStatus::RequiresAction => {
            payment.standing.close(PaymentStatus::Expired)
        }
        _ => Advance {
            standing: payment.standing.clone(),
            effects: Vec::new(),
        },
    }
}
