//! Starting a payment: written down, then the page at the provider, then what came of it.
//!
//! Whoever breaks off in between and asks again under the same key goes on with the same payment: the row is there
//! before the provider is asked, and the provider is asked under a key that is the row's.

use std::sync::Arc;
use std::time::Duration;

use db::Tx;
use guard::Limit;
use kernel::event::payment::PaymentCreated;
use kernel::{Money, PaymentId, PriceId, RequestContext, Timestamp};
use ports::payments::{
    Buyer, Capability, Checkout, CheckoutRequest, PaymentProvider, ProviderError, Purpose,
};
use serde_json::json;

use super::Payments;
use crate::checkout::{OPEN_FOR, close_page};
use crate::error::BillingError;
use crate::payment::model::asking;
use crate::payment::model::order::{Metadata, PaymentOrder, PaymentWish, ReturnRule, Subject};
use crate::payment::model::standing::Standing;
use crate::payment::model::{Payment, PaymentKind, PaymentStatus};
use crate::payment::store;

/// Payments that an organization starts in an hour.
const STARTS: Limit = Limit {
    name: "payments_started",
    max: 300,
    window: Duration::from_hours(1),
};

/// The longest code of a provider that is kept.
const LONGEST_CODE: usize = 100;

/// The most that a payment may be.
pub(crate) const MOST: i64 = 999_999_999_999;

/// What is sold, for how much.
struct Sold {
    amount: Money,
    price: Option<PriceId>,
    quantity: u32,
    name: Option<String>,
}

/// Which page is asked for.
struct Attempt {
    number: u32,
    expires_at: Timestamp,
}

impl Payments {
    /// Starts a payment through the provider of this name; the answer says where the buyer pays.
    pub(crate) async fn start(
        &self,
        context: &RequestContext,
        provider: &str,
        wish: PaymentWish,
    ) -> Result<Payment, BillingError> {
        let order = wish.read(&ReturnRule::of(&self.machinery))?;
        let provider = Arc::clone(self.machinery.providers.named(provider)?);
        if !provider.capabilities().has(Capability::AdHocAmount) {
            return Err(BillingError::CapabilityNotSupported(Capability::AdHocAmount));
        }
        let id = self.write_down(context, provider, order).await?;
        self.open_checkout(context, id).await
    }

    /// The payment that this request is about: a new one, or that of the same request before.
    async fn write_down(
        &self,
        context: &RequestContext,
        provider: Arc<dyn PaymentProvider>,
        order: PaymentOrder,
    ) -> Result<PaymentId, BillingError> {
        let now = self.machinery.clock.now();
        let id = PaymentId::new(&*self.machinery.ids, now);
        let (this, context) = (self.clone(), context.clone());
        let work = async move |tx: &mut Tx| {
            let begin = async |tx: &mut Tx| {
                let organization = order.organization;
                let name = this.machinery.organizations.name_in(tx, organization).await?;
                if name.is_none() {
                    return Err(BillingError::NotFound);
                }
                let sold = this.sold_in(tx, &order.subject).await?;
                let account = (provider.name(), provider.account());
                let payment = Payment {
                    created_by: context.user(),
                    ..begun((id, now), account, order.clone(), sold)
                };
                store::insert(tx, &payment).await?;
                let event = PaymentCreated {
                    payment_id: payment.id,
                    organization_id: organization,
                    provider: payment.provider.clone(),
                    amount: payment.amount,
                    currency: payment.currency,
                };
                this.machinery.events.publish(tx, &context, &event).await?;
                let subject = organization.to_string();
                let counted = this.machinery.limits.hit_in(tx, &STARTS, &subject, now).await?;
                counted.require(now)?;
                Ok(payment.id)
            };
            this.machinery.idempotency.once(tx, &context, now, begin).await
        };
        self.machinery.db.write(work).await
    }

    /// What the order costs at this moment.
    async fn sold_in(&self, tx: &mut Tx, subject: &Subject) -> Result<Sold, BillingError> {
        const FIELD: &str = "/price_id";
        let (id, quantity) = match *subject {
            Subject::Amount(amount) => {
                return Ok(Sold {
                    amount,
                    price: None,
                    quantity: 1,
                    name: None,
                });
            }
            Subject::Price { price, quantity } => (price, quantity),
        };
        let price = match self.plans.price_in(tx, id).await {
            Err(BillingError::NotFound) => {
                return Err(BillingError::field(
                    FIELD,
                    "unknown_price",
                    "there is no such price",
                ));
            }
            found => found?,
        };
        let plan = self.plans.plan_in(tx, price.plan).await?;
        if price.period.is_some() {
            let detail = "this is paid again and again; subscribe to it with POST /subscriptions";
            return Err(BillingError::field(FIELD, "recurring_price", detail));
        }
        if !price.is_active || !plan.is_active {
            let detail = "nothing is sold at this price any more";
            return Err(BillingError::field(FIELD, "inactive_price", detail));
        }
        let amount = price.amount.minor().checked_mul(i64::from(quantity));
        let amount = amount
            .filter(|amount| (1..=MOST).contains(amount))
            .ok_or_else(|| {
                let detail = "that many cost nothing, or more than can be paid at once";
                BillingError::field("/quantity", "out_of_range", detail)
            })?;
        Ok(Sold {
            amount: Money::new(amount, price.amount.currency()),
            price: Some(id),
            quantity,
            name: Some(plan.content.name),
        })
    }

    /// The payment with its page, which is made where it is not there yet. Doing so again is harmless.
    async fn open_checkout(&self, context: &RequestContext, id: PaymentId) -> Result<Payment, BillingError> {
        let payment = self.get(None, id).await?;
        if payment.checkout_url.is_some() {
            return Ok(payment);
        }
        match payment.standing.status {
            PaymentStatus::Pending => {}
            PaymentStatus::Failed => return Err(refused_before(&payment)),
            _ => return Ok(payment),
        }
        let providers = &self.machinery.providers;
        let provider = Arc::clone(providers.of_account(&payment.provider, &payment.provider_account)?);
        let Some(attempt) = self.attempt(&payment, &*provider).await? else {
            return self.get(None, id).await;
        };
        let request = self.request(&payment, &attempt)?;
        match provider.create_checkout(&request).await {
            Ok(checkout) => {
                let end = checkout.expires_at.unwrap_or(attempt.expires_at);
                let checkout = Checkout {
                    expires_at: Some(end),
                    ..checkout
                };
                self.record_checkout(id, &*provider, checkout).await
            }
            Err(error) if error.is_transient() => Err(error.into()),
            Err(error) => {
                tracing::warn!(payment.id = %id, provider = provider.name(), %error, "the provider makes no page for a payment");
                self.record_refusal(context, id, &error).await?;
                Err(error.into())
            }
        }
    }

    /// Counts the page that is asked for. Under a key of ours the provider makes one page however often it is asked,
    /// so that is the first each time; else each is another, and nobody gets to see those that were not answered.
    async fn attempt(
        &self,
        payment: &Payment,
        provider: &dyn PaymentProvider,
    ) -> Result<Option<Attempt>, BillingError> {
        let (id, now) = (payment.id, self.machinery.clock.now());
        let work = async move |tx: &mut Tx| store::update_attempt(tx, id, now).await;
        let counted = self.machinery.db.write(work).await.map_err(BillingError::Db)?;
        let later = now.plus(OPEN_FOR);
        Ok(counted.map(|counted| {
            if provider.capabilities().has(Capability::IdempotencyKeys) {
                Attempt {
                    number: 1,
                    expires_at: payment.expires_at.unwrap_or(later),
                }
            } else {
                Attempt {
                    number: u32::try_from(counted).unwrap_or(u32::MAX),
                    expires_at: later,
                }
            }
        }))
    }

    fn request(&self, payment: &Payment, attempt: &Attempt) -> Result<CheckoutRequest, BillingError> {
        let rule = ReturnRule::of(&self.machinery);
        let metadata: Metadata = serde_json::from_value(payment.metadata.clone()).unwrap_or_default();
        let product = self.machinery.product_name.clone();
        Ok(CheckoutRequest {
            reference: payment.id.to_string(),
            attempt: attempt.number,
            purpose: Purpose::Payment {
                amount: payment.asked(),
                description: payment.description.clone().unwrap_or(product),
            },
            buyer: Buyer {
                customer: None,
                email: payment
                    .customer_email
                    .as_deref()
                    .and_then(|email| email.parse().ok()),
                name: None,
            },
            organization: payment.organization.to_string(),
            success_url: rule.read("/success_url", payment.success_url.clone())?,
            cancel_url: rule.read("/cancel_url", payment.cancel_url.clone())?,
            expires_at: attempt.expires_at,
            metadata,
            idempotency_key: format!("{}:checkout:{}", payment.id, attempt.number),
        })
    }

    async fn record_checkout(
        &self,
        id: PaymentId,
        provider: &dyn PaymentProvider,
        checkout: Checkout,
    ) -> Result<Payment, BillingError> {
        let now = self.machinery.clock.now();
        let made = checkout.clone();
        let work = async move |tx: &mut Tx| store::update_checkout(tx, id, &made, now).await;
        let is_recorded = self.machinery.db.write(work).await.map_err(BillingError::Db)?;
        let payment = self.get(None, id).await?;
        if !is_recorded && payment.checkout_reference != checkout.id {
            // Somebody else was faster, or it was given up. Nobody has seen this page.
            close_page(provider, checkout.id.as_deref()).await;
        }
        Ok(payment)
    }

    async fn record_refusal(
        &self,
        context: &RequestContext,
        id: PaymentId,
        error: &ProviderError,
    ) -> Result<(), BillingError> {
        let code: String = code_of(error).chars().take(LONGEST_CODE).collect();
        let (this, context, now) = (self.clone(), context.clone(), self.machinery.clock.now());
        let work = async move |tx: &mut Tx| this.refuse_in(tx, (&context, now), id, &code).await;
        self.machinery.db.write(work).await
    }
}

/// A payment that nobody was asked for yet.
fn begun(
    (id, now): (PaymentId, Timestamp),
    (provider, account): (&str, &str),
    order: PaymentOrder,
    sold: Sold,
) -> Payment {
    Payment {
        id,
        organization: order.organization,
        created_by: None,
        kind: PaymentKind::OneOff,
        provider: provider.to_owned(),
        provider_account: account.to_owned(),
        provider_reference: None,
        checkout_reference: None,
        subscription: None,
        price: sold.price,
        quantity: i64::from(sold.quantity),
        amount: sold.amount.minor(),
        currency: sold.amount.currency(),
        standing: Standing::begun(),
        description: order.description.or(sold.name),
        customer_email: order.customer_email.map(|email| email.as_str().to_owned()),
        checkout_url: None,
        success_url: Some(order.success_url.into()),
        cancel_url: Some(order.cancel_url.into()),
        metadata: json!(order.metadata),
        version: 1,
        expires_at: Some(now.plus(OPEN_FOR)),
        synced_at: None,
        next_sync_at: Some(now.plus(asking::FIRST)),
        created_at: now,
        updated_at: now,
    }
}

/// What is kept of why a provider refused.
fn code_of(error: &ProviderError) -> &str {
    match error {
        ProviderError::Declined { code, .. } | ProviderError::Refused { code, .. } if !code.is_empty() => {
            code
        }
        ProviderError::Unauthorized(_) => "unauthorized",
        ProviderError::Unsupported(capability) => capability.as_str(),
        _ => "refused",
    }
}

fn refused_before(payment: &Payment) -> BillingError {
    BillingError::ProviderRefused(ProviderError::Refused {
        code: payment.standing.reason.clone().unwrap_or_default(),
        message: "it was refused before".to_owned(),
    })
}
