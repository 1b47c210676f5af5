//! Payments that a provider makes by itself: for the periods of subscriptions.

use db::Tx;
use kernel::event::payment::PaymentCreated;
use kernel::{PaymentId, RequestContext};
use ports::payments::PaymentSnapshot;
use serde_json::json;

use super::Payments;
use crate::error::BillingError;
use crate::payment::model::standing::Standing;
use crate::payment::model::{Payment, PaymentKind};
use crate::payment::store;
use crate::source::Source;

impl Payments {
    /// The row of a payment for a subscription of ours, which is written here when it is first heard of. What it costs is
    /// what the provider says: discounts and changes in the midst of a period are worked out there. A bill of nothing, as
    /// for a trial, is no payment.
    pub(super) async fn renewal_in(
        &self,
        tx: &mut Tx,
        source: &Source,
        snapshot: &PaymentSnapshot,
    ) -> Result<Option<PaymentId>, BillingError> {
        let (Some(subscription), Some(reference)) = (&snapshot.subscription, &snapshot.id) else {
            return Ok(None);
        };
        let amount = snapshot.amount;
        if amount.minor() <= 0 {
            return Ok(None);
        }
        let Some(known) = self.subscriptions.known(tx, source, subscription).await? else {
            return Ok(None);
        };
        let now = self.machinery.clock.now();
        let payment = Payment {
            id: PaymentId::new(&*self.machinery.ids, now),
            organization: known.organization_id,
            created_by: None,
            kind: PaymentKind::Subscription,
            provider: source.provider.to_owned(),
            provider_account: source.account.clone(),
            provider_reference: Some(reference.clone()),
            checkout_reference: None,
            subscription: Some(known.id),
            price: Some(known.price_id),
            quantity: 1,
            amount: amount.minor(),
            currency: amount.currency(),
            standing: Standing::begun(),
            description: None,
            customer_email: known.customer_email,
            checkout_url: None,
            success_url: None,
            cancel_url: None,
            metadata: json!({}),
            version: 1,
            expires_at: None,
            synced_at: None,
            next_sync_at: None,
            created_at: now,
            updated_at: now,
        };
        if store::insert(tx, &payment).await? {
            let event = PaymentCreated {
                payment_id: payment.id,
                organization_id: payment.organization,
                provider: payment.provider,
                amount: payment.amount,
                currency: payment.currency,
            };
            let context = RequestContext::system();
            self.machinery.events.publish(tx, &context, &event).await?;
        }
        // Somebody else may have been faster; theirs is there by now.
        let account = (source.provider, source.account.as_str());
        Ok(store::find_by_reference(tx, account, reference).await?)
    }
}
