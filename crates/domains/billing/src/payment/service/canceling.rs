//! Giving up a payment that nobody has paid.

use db::Tx;
use kernel::{OrganizationId, PaymentId, RequestContext};
use ports::payments::{Capability, ProviderError};

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::{Payment, PaymentStatus};
use crate::payment::store;

impl Payments {
    /// Closes the page where the provider can, and gives the payment up. Money that comes all the same is taken.
    pub(crate) async fn cancel(
        &self,
        context: &RequestContext,
        organization: Option<OrganizationId>,
        id: PaymentId,
    ) -> Result<Payment, BillingError> {
        let payment = self.get(organization, id).await?;
        if is_done(&payment)? {
            return Ok(payment);
        }
        self.close_page(&payment).await?;
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| {
            let payment = store::lock(tx, id).await?.ok_or(BillingError::NotFound)?;
            if is_done(&payment)? {
                return Ok(());
            }
            let advance = payment.standing.close(PaymentStatus::Canceled);
            this.write_in(tx, (&context, now), &payment, payment.clone(), advance)
                .await
        };
        self.machinery.db.write(work).await?;
        self.get(organization, id).await
    }

    async fn close_page(&self, payment: &Payment) -> Result<(), BillingError> {
        let Some(checkout) = &payment.checkout_reference else {
            return Ok(());
        };
        let providers = &self.machinery.providers;
        let provider = providers.of_account(&payment.provider, &payment.provider_account)?;
        if !provider.capabilities().has(Capability::ExpireCheckout) {
            return Ok(());
        }
        match provider.expire_checkout(checkout).await {
            Ok(()) | Err(ProviderError::NotFound) => Ok(()),
            Err(error) if error.is_transient() => Err(error.into()),
            Err(error) => {
                // It is closed, or somebody has just paid: what the provider says of it decides.
                tracing::info!(payment.id = %payment.id, %error, "a page can't be closed");
                self.ask(payment).await
            }
        }
    }
}

/// Whether it is given up already; an error where it can't be.
fn is_done(payment: &Payment) -> Result<bool, BillingError> {
    match payment.standing.status {
        PaymentStatus::Canceled => Ok(true),
        status if status.is_cancelable() => Ok(false),
        _ => Err(BillingError::WrongState(
            "only a payment that nobody has paid can be canceled",
        )),
    }
}
