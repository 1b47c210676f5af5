//! A provider that remembers what it was asked for, and breaks off where a test wants it to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use kernel::{Money, Timestamp};
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectKind, ObjectRef, PauseMode, PaymentProvider, PaymentSnapshot, PaymentState, PortalRequest,
    PriceRequest, ProviderError, ProviderEvent, Purpose, RecentPage, RecentRequest, RefundRequest,
    RefundSnapshot, RefundState, Snapshot, SubscriptionChange, SubscriptionSnapshot, SubscriptionTarget,
    WebhookError,
};
use url::Url;

/// When the provider breaks off.
pub(super) enum Fault {
    /// Before it has done anything.
    Before(ProviderError),
    /// When it has done it, and before it says so.
    After(ProviderError),
}

#[derive(Default)]
pub(super) struct State {
    /// Every page, by its id.
    pub(super) checkouts: BTreeMap<String, CheckoutRequest>,
    /// Pages that were closed.
    pub(super) closed: Vec<String>,
    /// By the idempotency key.
    keys: BTreeMap<String, String>,
    /// Every payment, by its id.
    pub(super) payments: BTreeMap<String, PaymentSnapshot>,
    /// Every refund that was made, by its id, with the payment.
    pub(super) refunds: BTreeMap<String, (String, RefundSnapshot)>,
    /// How the next questions go wrong.
    pub(super) faults: VecDeque<Fault>,
    /// How new refunds stand.
    pub(super) refunds_begin: Option<RefundState>,
    /// How often it was asked to do something.
    pub(super) asked: usize,
}

pub(super) struct TestProvider {
    state: Mutex<State>,
    capabilities: Capabilities,
}

impl TestProvider {
    /// As Stripe is.
    pub(super) fn capable() -> Self {
        Self::of(&[
            Capability::AdHocAmount,
            Capability::ExpireCheckout,
            Capability::IdempotencyKeys,
            Capability::PartialRefund,
            Capability::RefundEvents,
            Capability::Disputes,
        ])
    }

    /// As Flutterwave is.
    pub(super) fn plain() -> Self {
        Self::of(&[Capability::AdHocAmount, Capability::PartialRefund])
    }

    pub(super) fn of(capabilities: &'static [Capability]) -> Self {
        Self {
            state: Mutex::default(),
            capabilities: Capabilities(capabilities),
        }
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap()
    }

    pub(super) fn fail(&self, fault: Fault) {
        self.state().faults.push_back(fault);
    }

    /// A buyer pays on a page, or tries to: the payment there is called `id`.
    pub(super) fn pay(&self, checkout: &str, id: &str, payment: PaymentState) {
        let mut state = self.state();
        let request = state.checkouts.get(checkout).unwrap().clone();
        let Purpose::Payment { amount, .. } = request.purpose else {
            panic!("nobody subscribes here");
        };
        let snapshot = PaymentSnapshot {
            reference: Some(request.reference),
            checkout: Some(checkout.to_owned()),
            id: Some(id.to_owned()),
            ..blank(payment, amount)
        };
        state.payments.insert(id.to_owned(), snapshot);
    }

    /// Changes a payment there.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut PaymentSnapshot)) {
        change(self.state().payments.get_mut(id).unwrap());
    }

    /// How the next thing goes.
    fn begin(&self) -> Result<Option<ProviderError>, ProviderError> {
        let mut state = self.state();
        state.asked += 1;
        match state.faults.pop_front() {
            Some(Fault::Before(error)) => Err(error),
            Some(Fault::After(error)) => Ok(Some(error)),
            None => Ok(None),
        }
    }
}

impl State {
    /// Not every provider lists refunds with the payment.
    fn described(&self, id: &str, is_listing: bool) -> Option<Snapshot> {
        let mut snapshot = self.payments.get(id)?.clone();
        let own = self.refunds.values().filter(|(payment, _)| payment == id);
        let own: Vec<RefundSnapshot> = own.map(|(_, refund)| refund.clone()).collect();
        let worked = own.iter().filter(|refund| refund.state == RefundState::Succeeded);
        let sum: i64 = worked.map(|refund| refund.amount.minor()).sum();
        let all = snapshot.refunded.minor() + sum;
        snapshot.refunded = Money::new(all, snapshot.total.currency());
        if is_listing {
            snapshot.refunds = own;
        }
        Some(Snapshot::Payment(snapshot))
    }
}

pub(super) fn blank(state: PaymentState, amount: Money) -> PaymentSnapshot {
    PaymentSnapshot {
        reference: None,
        checkout: None,
        id: None,
        subscription: None,
        invoice: None,
        customer: None,
        customer_email: None,
        state,
        amount,
        total: amount,
        tax: None,
        fee: None,
        refunded: Money::zero(amount.currency()),
        refunds: Vec::new(),
        paid_at: None,
        created_at: None,
    }
}

fn unsupported<T>(capability: Capability) -> Result<T, ProviderError> {
    Err(ProviderError::Unsupported(capability))
}

#[async_trait]
impl PaymentProvider for TestProvider {
    fn name(&self) -> &'static str {
        "stub"
    }

    fn account(&self) -> &'static str {
        "test"
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        let broken = self.begin()?;
        let mut state = self.state();
        let new = format!("page_{}", state.checkouts.len() + 1);
        let id = if self.capabilities.has(Capability::IdempotencyKeys) {
            state
                .keys
                .entry(request.idempotency_key.clone())
                .or_insert(new)
                .clone()
        } else {
            new
        };
        state.checkouts.insert(id.clone(), request.clone());
        let url = Url::parse(&format!("https://pay.example/{id}")).unwrap();
        broken.map_or_else(
            || {
                Ok(Checkout {
                    id: Some(id),
                    url,
                    expires_at: None,
                    customer: None,
                })
            },
            Err,
        )
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError> {
        let broken = self.begin()?;
        let mut state = self.state();
        let is_paid = state.payments.values().any(|payment| {
            payment.checkout.as_deref() == Some(checkout) && payment.state == PaymentState::Succeeded
        });
        if is_paid {
            return Err(ProviderError::Refused {
                code: "complete".into(),
                message: "it is complete".into(),
            });
        }
        state.closed.push(checkout.to_owned());
        broken.map_or(Ok(()), Err)
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        let broken = self.begin()?;
        let state = self.state();
        let ids: Vec<&String> = match object.kind {
            ObjectKind::Payment => state.payments.keys().filter(|id| **id == object.id).collect(),
            ObjectKind::Checkout => {
                let payments = state.payments.iter();
                let own = payments.filter(|(_, payment)| payment.checkout.as_ref() == Some(&object.id));
                own.map(|(id, _)| id).collect()
            }
            ObjectKind::Reference => {
                let payments = state.payments.iter();
                let own = payments.filter(|(_, payment)| payment.reference.as_ref() == Some(&object.id));
                own.map(|(id, _)| id).collect()
            }
            _ => Vec::new(),
        };
        let is_listing = self.capabilities.has(Capability::RefundEvents);
        let described = ids.into_iter().map(|id| state.described(id, is_listing));
        let found: Vec<Snapshot> = described.flatten().collect();
        match broken {
            Some(error) => Err(error),
            None if found.is_empty() => Err(ProviderError::NotFound),
            None => Ok(found),
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        let broken = self.begin()?;
        let mut state = self.state();
        let new = format!("re_{}", state.refunds.len() + 1);
        let id = if self.capabilities.has(Capability::IdempotencyKeys) {
            state
                .keys
                .entry(request.idempotency_key.clone())
                .or_insert(new)
                .clone()
        } else {
            new
        };
        let refund = RefundSnapshot {
            id: Some(id.clone()),
            reference: Some(request.reference.clone()),
            amount: request.amount,
            state: state.refunds_begin.clone().unwrap_or(RefundState::Succeeded),
            created_at: None,
        };
        state
            .refunds
            .insert(id, (request.payment.clone(), refund.clone()));
        broken.map_or(Ok(refund), Err)
    }

    async fn change_subscription(
        &self,
        _: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        unsupported(Capability::ChangePrice)
    }

    async fn preview_change(&self, _: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        unsupported(Capability::PreviewChange)
    }

    async fn cancel_subscription(
        &self,
        _: &SubscriptionTarget,
        _: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        unsupported(Capability::CancelNow)
    }

    async fn resume_subscription(
        &self,
        _: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        unsupported(Capability::Resume)
    }

    async fn pause_subscription(
        &self,
        _: &SubscriptionTarget,
        _: PauseMode,
        _: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        unsupported(Capability::Pause)
    }

    async fn portal(&self, _: &PortalRequest) -> Result<Url, ProviderError> {
        unsupported(Capability::Portal)
    }

    async fn create_price(&self, _: &PriceRequest) -> Result<String, ProviderError> {
        unsupported(Capability::CreatePrice)
    }

    async fn list_recent(&self, _: &RecentRequest) -> Result<RecentPage, ProviderError> {
        Ok(RecentPage {
            events: Vec::new(),
            next_cursor: None,
        })
    }

    fn verify_webhook(&self, _: &InboundWebhook<'_>, _: Timestamp) -> Result<ProviderEvent, WebhookError> {
        Err(WebhookError::BadSignature)
    }
}
