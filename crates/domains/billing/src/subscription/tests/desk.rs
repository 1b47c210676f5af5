//! A provider of subscriptions that does what it is asked, and breaks off where a test wants it to.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use kernel::{Money, Timestamp};
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectKind, ObjectRef, Pause, PauseMode, PaymentProvider, PortalRequest, PriceRequest, ProviderError,
    ProviderEvent, Purpose, RecentPage, RecentRequest, RefundRequest, RefundSnapshot, Snapshot,
    SubscriptionChange, SubscriptionSnapshot, SubscriptionState, SubscriptionTarget, WebhookError,
};
use std::time::Duration;
use url::Url;

/// When the desk breaks off.
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
    /// Every subscription, by its id, with the page that it was paid on.
    pub(super) subscriptions: BTreeMap<String, (String, SubscriptionSnapshot)>,
    /// Prices that were made.
    pub(super) prices: Vec<PriceRequest>,
    /// What was done under which key.
    keys: BTreeMap<String, String>,
    /// How the next changes go wrong.
    pub(super) faults: VecDeque<Fault>,
    /// What it was asked to do, in words.
    pub(super) asked: Vec<String>,
}

pub(super) struct Desk {
    state: Mutex<State>,
    capabilities: Capabilities,
}

impl Desk {
    pub(super) fn capable() -> Self {
        Self::of(Capability::ALL)
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

    /// What it was asked to do since this was last asked.
    pub(super) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.state().asked)
    }

    /// A buyer pays on a page; gives the id of the subscription.
    pub(super) fn pay(&self, checkout: &str, now: Timestamp) -> String {
        let mut state = self.state();
        let request = state.checkouts.get(checkout).unwrap().clone();
        let Purpose::Subscription {
            price,
            quantity,
            trial_days,
            ..
        } = request.purpose
        else {
            panic!("nobody pays once here");
        };
        let days = |days: u32| now.plus(Duration::from_hours(24) * days);
        let id = format!("sub_{}", state.subscriptions.len() + 1);
        let snapshot = SubscriptionSnapshot {
            id: id.clone(),
            reference: Some(request.reference),
            customer: Some("cus_1".into()),
            customer_email: Some("ada@example.com".into()),
            state: match trial_days {
                Some(_) => SubscriptionState::Trialing,
                None => SubscriptionState::Active,
            },
            item: Some("si_1".into()),
            price: Some(price),
            quantity: Some(quantity),
            current_period_start: Some(now),
            current_period_end: Some(days(trial_days.unwrap_or(31))),
            trial_end: trial_days.map(days),
            cancel_at: None,
            ended_at: None,
            pause: None,
        };
        state
            .subscriptions
            .insert(id.clone(), (checkout.to_owned(), snapshot));
        id
    }

    /// Changes a subscription there.
    pub(super) fn change(&self, id: &str, change: impl FnOnce(&mut SubscriptionSnapshot)) {
        change(&mut self.state().subscriptions.get_mut(id).unwrap().1);
    }

    pub(super) fn snapshot(&self, id: &str) -> SubscriptionSnapshot {
        self.state().subscriptions.get(id).unwrap().1.clone()
    }

    /// Does something under a key once.
    fn act(
        &self,
        words: &str,
        target: &SubscriptionTarget,
        act: impl FnOnce(&mut SubscriptionSnapshot),
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        let mut state = self.state();
        state.asked.push(words.to_owned());
        let broken = match state.faults.pop_front() {
            Some(Fault::Before(error)) => return Err(error),
            Some(Fault::After(error)) => Some(error),
            None => None,
        };
        let known = state
            .keys
            .insert(target.idempotency_key.clone(), words.to_owned());
        let found = state.subscriptions.get_mut(&target.subscription);
        let (_, snapshot) = found.ok_or(ProviderError::NotFound)?;
        match known {
            None => act(snapshot),
            Some(known) => assert_eq!(known, words, "one key for two things"),
        }
        let snapshot = snapshot.clone();
        broken.map_or(Ok(snapshot), Err)
    }
}

#[async_trait]
impl PaymentProvider for Desk {
    fn name(&self) -> &'static str {
        "desk"
    }

    fn account(&self) -> &'static str {
        "test"
    }

    fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        let mut state = self.state();
        state
            .asked
            .push(format!("page {} {}", request.reference, request.attempt));
        let broken = match state.faults.pop_front() {
            Some(Fault::Before(error)) => return Err(error),
            Some(Fault::After(error)) => Some(error),
            None => None,
        };
        let new = format!("page_{}", state.checkouts.len() + 1);
        let id = if self.capabilities.has(Capability::IdempotencyKeys) {
            let keys = &mut state.keys;
            keys.entry(request.idempotency_key.clone()).or_insert(new).clone()
        } else {
            new
        };
        state.checkouts.insert(id.clone(), request.clone());
        let url = Url::parse(&format!("https://pay.example/{id}")).unwrap();
        let checkout = Checkout {
            id: Some(id),
            url,
            expires_at: None,
            customer: None,
        };
        broken.map_or(Ok(checkout), Err)
    }

    async fn expire_checkout(&self, checkout: &str) -> Result<(), ProviderError> {
        self.state().closed.push(checkout.to_owned());
        Ok(())
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        let state = self.state();
        let found = state
            .subscriptions
            .values()
            .filter(|(page, snapshot)| match object.kind {
                ObjectKind::Subscription => snapshot.id == object.id,
                ObjectKind::Checkout => *page == object.id,
                ObjectKind::Reference => snapshot.reference.as_ref() == Some(&object.id),
                _ => false,
            });
        let found: Vec<_> = found
            .map(|(_, snapshot)| Snapshot::Subscription(snapshot.clone()))
            .collect();
        if found.is_empty() {
            return Err(ProviderError::NotFound);
        }
        Ok(found)
    }

    async fn refund(&self, _: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        Err(ProviderError::NotFound)
    }

    async fn change_subscription(
        &self,
        change: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        let words = format!(
            "change {:?} {:?} {:?}",
            change.price, change.quantity, change.proration
        );
        self.act(&words, &change.target, |snapshot| {
            if change.price.is_some() {
                snapshot.price.clone_from(&change.price);
            }
            snapshot.quantity = change.quantity.or(snapshot.quantity);
        })
    }

    async fn preview_change(&self, change: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        let euros = |minor| Money::new(minor, "EUR".parse().unwrap());
        let quantity = i64::from(change.quantity.unwrap_or(1));
        Ok(ChangePreview {
            total: euros(1900 * quantity),
            prorated: euros(-100),
        })
    }

    async fn cancel_subscription(
        &self,
        target: &SubscriptionTarget,
        moment: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        self.act(&format!("cancel {moment:?}"), target, |snapshot| match moment {
            CancelMoment::PeriodEnd => snapshot.cancel_at = snapshot.current_period_end,
            CancelMoment::Now => snapshot.state = SubscriptionState::Canceled,
        })
    }

    async fn resume_subscription(
        &self,
        target: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        self.act("resume", target, |snapshot| {
            snapshot.state = SubscriptionState::Active;
            snapshot.cancel_at = None;
            snapshot.pause = None;
        })
    }

    async fn pause_subscription(
        &self,
        target: &SubscriptionTarget,
        mode: PauseMode,
        resumes_at: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        self.act(&format!("pause {mode:?}"), target, |snapshot| {
            snapshot.pause = Some(Pause { mode, resumes_at });
        })
    }

    async fn portal(&self, request: &PortalRequest) -> Result<Url, ProviderError> {
        let customer = request.customer.as_deref().unwrap_or("nobody");
        Ok(Url::parse(&format!("https://pay.example/portal/{customer}")).unwrap())
    }

    async fn create_price(&self, request: &PriceRequest) -> Result<String, ProviderError> {
        let mut state = self.state();
        let new = format!("made_{}", state.prices.len() + 1);
        let id = state
            .keys
            .entry(request.idempotency_key.clone())
            .or_insert(new)
            .clone();
        state.prices.push(request.clone());
        Ok(id)
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
