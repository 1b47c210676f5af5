//! A payment provider that does as it is told.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use kernel::{Money, Timestamp};
use ports::payments::{
    CancelMoment, Capabilities, Capability, ChangePreview, Checkout, CheckoutRequest, InboundWebhook,
    ObjectKind, ObjectRef, PauseMode, PaymentProvider, PaymentSnapshot, PaymentState, PortalRequest,
    PriceRequest, ProviderError, ProviderEvent, RecentPage, RecentRequest, RefundRequest, RefundSnapshot,
    Snapshot, SubscriptionChange, SubscriptionSnapshot, SubscriptionTarget, WebhookError,
};
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use url::Url;

/// Its name.
pub(crate) const TILL: &str = "till";
/// Its account.
pub(crate) const ACCOUNT: &str = "acct_1";

/// A provider whose objects are what a test says.
pub(crate) struct Till {
    /// Answers by the ids of objects; others are not there.
    pub(crate) objects: Mutex<BTreeMap<String, Vec<Snapshot>>>,
    /// What goes wrong, before anything is answered.
    pub(crate) troubles: Mutex<VecDeque<ProviderError>>,
    /// What its list holds.
    pub(crate) listed: Mutex<Vec<ProviderEvent>>,
    /// Since when it was asked what happened.
    pub(crate) asked_since: Mutex<Vec<Timestamp>>,
    /// For which objects it was asked, in order.
    pub(crate) fetched: Mutex<Vec<String>>,
    /// One permit lets one question be answered.
    pub(crate) gate: Semaphore,
    /// How many questions have come in.
    pub(crate) began: AtomicUsize,
}

impl Default for Till {
    fn default() -> Self {
        Self {
            objects: Mutex::default(),
            troubles: Mutex::default(),
            listed: Mutex::default(),
            asked_since: Mutex::default(),
            fetched: Mutex::default(),
            gate: Semaphore::new(1_000_000),
            began: AtomicUsize::new(0),
        }
    }
}

impl Till {
    /// From now on an object is this.
    pub(crate) fn set(&self, id: &str, snapshots: Vec<Snapshot>) {
        self.objects.lock().unwrap().insert(id.to_owned(), snapshots);
    }

    pub(crate) fn trouble(&self, error: ProviderError) {
        self.troubles.lock().unwrap().push_back(error);
    }

    /// How often it was asked for objects.
    pub(crate) fn fetches(&self) -> usize {
        self.fetched.lock().unwrap().len()
    }

    /// Lets nothing be answered until [`Self::unlock`].
    pub(crate) fn lock(&self) {
        self.gate.forget_permits(usize::MAX);
    }

    pub(crate) fn unlock(&self) {
        self.gate.add_permits(1_000_000);
    }

    /// Waits until so many questions have come in.
    pub(crate) async fn until_asked(&self, count: usize) {
        while self.began.load(Ordering::SeqCst) < count {
            tokio::task::yield_now().await;
        }
    }
}

/// What a webhook says.
pub(crate) fn told(key: &str, payment: &str) -> Value {
    json!({ "key": key, "type": "payment.changed", "payment": payment })
}

/// The headers and the body of a webhook, signed.
pub(crate) fn signed(body: &Value) -> (Vec<(String, String)>, Vec<u8>) {
    let body = serde_json::to_vec(body).unwrap();
    (vec![("till-signature".to_owned(), signature(&body))], body)
}

/// Good enough for a till: no two bodies of a test have the same.
fn signature(body: &[u8]) -> String {
    let sum = body.iter().fold(7_u64, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(u64::from(*byte))
    });
    format!("till{sum}")
}

/// A payment at the till.
pub(crate) fn payment(
    id: &str,
    reference: Option<&str>,
    state: PaymentState,
    amount: Money,
) -> PaymentSnapshot {
    PaymentSnapshot {
        reference: reference.map(str::to_owned),
        checkout: None,
        id: Some(id.to_owned()),
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

#[async_trait]
impl PaymentProvider for Till {
    fn name(&self) -> &'static str {
        TILL
    }

    fn account(&self) -> &str {
        ACCOUNT
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities(&[Capability::AdHocAmount])
    }

    async fn create_checkout(&self, request: &CheckoutRequest) -> Result<Checkout, ProviderError> {
        let id = format!("page_{}", request.reference);
        Ok(Checkout {
            url: format!("https://till.example.com/{id}").parse().unwrap(),
            id: Some(id),
            expires_at: Some(request.expires_at),
            customer: None,
        })
    }

    async fn expire_checkout(&self, _: &str) -> Result<(), ProviderError> {
        Err(ProviderError::Unsupported(Capability::ExpireCheckout))
    }

    async fn fetch(&self, object: &ObjectRef) -> Result<Vec<Snapshot>, ProviderError> {
        // What it says is what was true when it was asked.
        let answer = self.objects.lock().unwrap().get(&object.id).cloned();
        self.fetched.lock().unwrap().push(object.id.clone());
        self.began.fetch_add(1, Ordering::SeqCst);
        self.gate.acquire().await.unwrap().forget();
        if let Some(trouble) = self.troubles.lock().unwrap().pop_front() {
            return Err(trouble);
        }
        answer.ok_or(ProviderError::NotFound)
    }

    async fn refund(&self, _: &RefundRequest) -> Result<RefundSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::PartialRefund))
    }

    async fn change_subscription(
        &self,
        _: &SubscriptionChange,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::ChangePrice))
    }

    async fn preview_change(&self, _: &SubscriptionChange) -> Result<ChangePreview, ProviderError> {
        Err(ProviderError::Unsupported(Capability::PreviewChange))
    }

    async fn cancel_subscription(
        &self,
        _: &SubscriptionTarget,
        _: CancelMoment,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::CancelNow))
    }

    async fn resume_subscription(
        &self,
        _: &SubscriptionTarget,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Resume))
    }

    async fn pause_subscription(
        &self,
        _: &SubscriptionTarget,
        _: PauseMode,
        _: Option<Timestamp>,
    ) -> Result<SubscriptionSnapshot, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Pause))
    }

    async fn portal(&self, _: &PortalRequest) -> Result<Url, ProviderError> {
        Err(ProviderError::Unsupported(Capability::Portal))
    }

    async fn create_price(&self, _: &PriceRequest) -> Result<String, ProviderError> {
        Err(ProviderError::Unsupported(Capability::CreatePrice))
    }

    /// Two events a page, from the oldest.
    async fn list_recent(&self, request: &RecentRequest) -> Result<RecentPage, ProviderError> {
        if request.cursor.is_none() {
            self.asked_since.lock().unwrap().push(request.since);
        }
        if let Some(trouble) = self.troubles.lock().unwrap().pop_front() {
            return Err(trouble);
        }
        let from: usize = request
            .cursor
            .as_deref()
            .map_or(0, |cursor| cursor.parse().unwrap());
        let listed = self.listed.lock().unwrap();
        let events: Vec<_> = listed
            .iter()
            .filter(|event| event.occurred_at.is_none_or(|at| at >= request.since))
            .cloned()
            .collect();
        let page: Vec<_> = events.iter().skip(from).take(2).cloned().collect();
        let next = from + page.len();
        Ok(RecentPage {
            events: page,
            next_cursor: (next < events.len()).then(|| next.to_string()),
        })
    }

    fn verify_webhook(
        &self,
        webhook: &InboundWebhook<'_>,
        _: Timestamp,
    ) -> Result<ProviderEvent, WebhookError> {
        let shown = webhook.header("till-signature");
        if shown != Some(signature(webhook.body).as_str()) {
            return Err(WebhookError::BadSignature);
        }
        let body: Value = serde_json::from_slice(webhook.body).map_err(|_| WebhookError::Malformed)?;
        if body["mode"] == "test" {
            return Err(WebhookError::WrongMode);
        }
        let word = |name: &str| body[name].as_str().map(str::to_owned);
        Ok(ProviderEvent {
            key: word("key").ok_or(WebhookError::Malformed)?,
            event_type: word("type").unwrap_or_default(),
            object: word("payment").map(|id| ObjectRef {
                kind: ObjectKind::Payment,
                id,
            }),
            reference: word("reference"),
            occurred_at: None,
        })
    }
}
