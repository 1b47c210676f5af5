//! The objects of a payment provider, as they truly are, in Stripe's JSON.

use std::collections::{BTreeMap, VecDeque};

use kernel::Clock as _;
use kernel::time::SystemClock;
use serde_json::{Map, Value, json};

use super::run::unit;

/// What the provider keeps of every payment for itself, in minor units.
const FEE: i64 = 1;

/// Parameters of a request.
pub(super) type Form = Vec<(String, String)>;

/// Everything that the provider knows.
#[derive(Default, Clone)]
pub(super) struct World {
    /// By id, of all kinds.
    pub(super) objects: BTreeMap<String, Value>,
    /// Everything that happened.
    pub(super) events: Vec<Value>,
    /// What happened and nobody has taken up to tell.
    pub(super) untold: VecDeque<Value>,
    /// Pages that were made, by our reference.
    pub(super) pages: BTreeMap<String, Vec<String>>,
    /// Idempotency keys: what was asked, and what was answered.
    keys: BTreeMap<String, (String, u16, Value)>,
    last: u64,
}

/// What a buyer, a bank or the time does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Decline,
    Challenge,
    Pay,
    PayAgain,
    Begin,
    Arrive,
    Bounce,
    Expire,
    /// So much in a hundred of what was paid, or with 100 all that is left.
    GiveBack(i64),
    Dispute,
    Win,
    Lose,
}

pub(super) fn now() -> i64 {
    SystemClock.now().unix_seconds()
}

pub(super) fn text<'a>(object: &'a Value, field: &str) -> &'a str {
    object[field].as_str().unwrap_or_default()
}

pub(super) fn number(object: &Value, field: &str) -> i64 {
    object[field].as_i64().unwrap_or_default()
}

pub(super) fn param(form: &Form, name: &str) -> Option<String> {
    let mut found = form.iter().filter(|(known, _)| known == name);
    found.next().map(|(_, value)| value.clone())
}

pub(super) fn metadata(form: &Form, name: &str) -> Value {
    let start = format!("{name}[");
    let mut found = Map::new();
    for (known, value) in form {
        if let Some(key) = known
            .strip_prefix(&start)
            .and_then(|rest| rest.strip_suffix(']'))
            .filter(|key| !key.contains('['))
        {
            found.insert(key.to_owned(), json!(value));
        }
    }
    Value::Object(found)
}

impl World {
    pub(super) fn id(&mut self, prefix: &str) -> String {
        self.last += 1;
        format!("{prefix}_{:08}", self.last)
    }

    pub(super) fn set(&mut self, id: &str, field: &str, value: impl Into<Value>) {
        self.objects.get_mut(id).unwrap()[field] = value.into();
    }

    pub(super) fn get(&self, id: &str) -> Value {
        self.objects[id].clone()
    }

    /// Writes down that something happened to an object, with what the object is at this moment.
    pub(super) fn tell(&mut self, event_type: &str, id: &str) {
        let event = json!({
            "id": self.id("evt"),
            "object": "event",
            "api_version": "2026-10-28.endive",
            "created": now(),
            "livemode": false,
            "type": event_type,
            "data": { "object": self.get(id) },
        });
        self.events.push(event.clone());
        self.untold.push_back(event);
    }

    /// Does something once for a key; another request under it is refused.
    pub(super) fn once(
        &mut self,
        key: Option<&str>,
        asked: &str,
        act: impl FnOnce(&mut Self) -> (u16, Value),
    ) -> (u16, Value) {
        let Some(key) = key else { return act(self) };
        if let Some((before, status, answer)) = self.keys.get(key) {
            if before == asked {
                return (*status, answer.clone());
            }
            let error = json!({ "error": { "type": "idempotency_error", "message": "another request" } });
            return (400, error);
        }
        let (status, answer) = act(self);
        let kept = (asked.to_owned(), status, answer.clone());
        self.keys.insert(key.to_owned(), kept);
        (status, answer)
    }

    pub(super) fn make_page(&mut self, form: &Form) -> (u16, Value) {
        let id = self.id("cs_test");
        let quantity = param(form, "line_items[0][quantity]").map_or(1, |text| text.parse().unwrap());
        let price = param(form, "line_items[0][price]");
        let (amount, currency) = match &price {
            Some(price) => {
                let price = self.get(price);
                (number(&price, "unit_amount"), text(&price, "currency").to_owned())
            }
            None => (
                param(form, "line_items[0][price_data][unit_amount]")
                    .unwrap()
                    .parse()
                    .unwrap(),
                param(form, "line_items[0][price_data][currency]").unwrap(),
            ),
        };
        let reference = param(form, "client_reference_id").unwrap();
        let page = json!({
            "id": id,
            "object": "checkout.session",
            "mode": param(form, "mode"),
            "url": format!("https://checkout.stripe.example/{id}"),
            "status": "open",
            "payment_status": "unpaid",
            "amount_subtotal": amount * quantity,
            "amount_total": amount * quantity,
            "total_details": { "amount_tax": 0 },
            "currency": currency,
            "customer": null,
            "customer_details": null,
            "customer_email": param(form, "customer_email"),
            "client_reference_id": reference,
            "payment_intent": null,
            "subscription": null,
            "invoice": null,
            "metadata": metadata(form, "metadata"),
            "expires_at": param(form, "expires_at").unwrap().parse::<i64>().unwrap(),
            "created": now(),
            // What Stripe keeps for itself.
            "price": price,
            "quantity": quantity,
            "kept_with_payment": metadata(form, "payment_intent_data[metadata]"),
            "kept_with_subscription": metadata(form, "subscription_data[metadata]"),
        });
        self.pages.entry(reference).or_default().push(id.clone());
        self.objects.insert(id, page.clone());
        (200, page)
    }

    pub(super) fn make_intent(&mut self, amount: i64, currency: &str, metadata: &Value) -> String {
        let id = self.id("pi");
        let intent = json!({
            "id": id,
            "object": "payment_intent",
            "status": "requires_payment_method",
            "amount": amount,
            "amount_received": 0,
            "currency": currency,
            "customer": null,
            "receipt_email": null,
            "latest_charge": null,
            "last_payment_error": null,
            "metadata": metadata,
            "created": now(),
        });
        self.objects.insert(id.clone(), intent);
        id
    }

    /// The payment of a page, made when somebody first tries to pay.
    fn intent_of(&mut self, page: &str) -> String {
        let found = self.get(page);
        if let Some(intent) = found["payment_intent"].as_str() {
            return intent.to_owned();
        }
        let (amount, currency) = (number(&found, "amount_total"), text(&found, "currency"));
        let intent = self.make_intent(amount, currency, &found["kept_with_payment"]);
        self.set(page, "payment_intent", intent.clone());
        intent
    }

    pub(super) fn fail(&mut self, intent: &str) {
        self.set(intent, "status", "requires_payment_method");
        let error =
            json!({ "type": "card_error", "code": "card_declined", "decline_code": "insufficient_funds" });
        self.set(intent, "last_payment_error", error);
        self.tell("payment_intent.payment_failed", intent);
    }

    pub(super) fn charge(&mut self, intent: &str) {
        let paid = self.get(intent);
        let (id, transaction) = (self.id("ch"), self.id("txn"));
        let charge = json!({
            "id": id,
            "object": "charge",
            "amount": paid["amount"],
            "amount_refunded": 0,
            "currency": paid["currency"],
            "payment_intent": intent,
            "balance_transaction": {
                "id": transaction, "amount": paid["amount"], "fee": FEE * unit(text(&paid, "currency")), "currency": paid["currency"],
            },
            "billing_details": { "email": "buyer@example.com" },
            "created": now(),
        });
        self.objects.insert(id.clone(), charge);
        self.set(intent, "latest_charge", id.clone());
        self.set(intent, "amount_received", paid["amount"].clone());
        self.set(intent, "last_payment_error", Value::Null);
        self.set(intent, "status", "succeeded");
        self.tell("charge.succeeded", &id);
        self.tell("payment_intent.succeeded", intent);
    }

    fn complete(&mut self, page: &str, payment_status: &str, event_type: &str) {
        self.set(page, "status", "complete");
        self.set(page, "payment_status", payment_status);
        self.tell(event_type, page);
    }

    /// Does to the payment of a page what a buyer, a bank or the time does.
    pub(super) fn step(&mut self, page: &str, step: Step) {
        let intent = match step {
            Step::Expire => String::new(),
            _ => self.intent_of(page),
        };
        match step {
            Step::Decline => self.fail(&intent),
            Step::Challenge => {
                self.set(&intent, "status", "requires_action");
                self.tell("payment_intent.requires_action", &intent);
            }
            Step::Pay => {
                self.charge(&intent);
                self.complete(page, "paid", "checkout.session.completed");
            }
            // Two windows, two cards: the provider has two payments for one thing.
            Step::PayAgain => {
                let first = self.get(&intent);
                let (amount, currency) = (number(&first, "amount"), text(&first, "currency"));
                let second = self.make_intent(amount, currency, &first["metadata"]);
                self.charge(&second);
            }
            Step::Begin => {
                self.set(&intent, "status", "processing");
                self.tell("payment_intent.processing", &intent);
                self.complete(page, "unpaid", "checkout.session.completed");
            }
            Step::Arrive => {
                self.charge(&intent);
                self.complete(page, "paid", "checkout.session.async_payment_succeeded");
            }
            Step::Bounce => {
                self.fail(&intent);
                self.tell("checkout.session.async_payment_failed", page);
            }
            Step::Expire => self.expire(page),
            Step::GiveBack(percent) => {
                let charge = self.charge_of(&intent);
                let rest = number(&charge, "amount") - number(&charge, "amount_refunded");
                // Whole units of any currency.
                let part = number(&charge, "amount") * percent / 100 / 100 * 100;
                let part = if percent == 100 {
                    rest
                } else {
                    part.clamp(100, rest)
                };
                self.give_back(&intent, part, &json!({}));
            }
            Step::Dispute => self.dispute(&intent),
            Step::Win => self.decide(&intent, "won"),
            Step::Lose => self.decide(&intent, "lost"),
        }
    }

    pub(super) fn expire(&mut self, page: &str) {
        self.set(page, "status", "expired");
        self.tell("checkout.session.expired", page);
        if let Some(intent) = self.get(page)["payment_intent"].as_str() {
            self.set(intent, "status", "canceled");
            self.tell("payment_intent.canceled", intent);
        }
    }

    pub(super) fn charge_of(&self, intent: &str) -> Value {
        self.get(text(&self.get(intent), "latest_charge"))
    }

    pub(super) fn give_back(&mut self, intent: &str, amount: i64, metadata: &Value) -> Value {
        let charge = self.charge_of(intent);
        let (charge_id, id) = (text(&charge, "id").to_owned(), self.id("re"));
        let refund = json!({
            "id": id,
            "object": "refund",
            "amount": amount,
            "currency": charge["currency"],
            "status": "succeeded",
            "payment_intent": intent,
            "charge": charge_id,
            "metadata": metadata,
            "created": now(),
        });
        let refunded = number(&charge, "amount_refunded") + amount;
        assert!(
            refunded <= number(&charge, "amount"),
            "more than was paid is given back"
        );
        self.set(&charge_id, "amount_refunded", refunded);
        self.objects.insert(id.clone(), refund.clone());
        self.tell("refund.created", &id);
        self.tell("charge.refunded", &charge_id);
        refund
    }

    /// How many payments of a reference brought money.
    pub(super) fn intents_of(&self, reference: &str) -> usize {
        let all = self.objects.values();
        let is_it = |object: &&Value| {
            text(object, "object") == "payment_intent"
                && text(object, "status") == "succeeded"
                && text(&object["metadata"], "payment_id") == reference
        };
        all.filter(is_it).count()
    }

    fn dispute(&mut self, intent: &str) {
        let charge = self.charge_of(intent);
        let amount = number(&charge, "amount") - number(&charge, "amount_refunded");
        let (id, transaction) = (self.id("dp"), self.id("txn"));
        let dispute = json!({
            "id": id,
            "object": "dispute",
            "status": "needs_response",
            "amount": amount,
            "currency": charge["currency"],
            "reason": "fraudulent",
            "payment_intent": intent,
            "charge": charge["id"],
            "balance_transactions": [{ "id": transaction, "amount": -amount, "fee": 0, "currency": charge["currency"] }],
            "evidence_details": { "due_by": now() + 7 * 24 * 3600 },
            "created": now(),
        });
        self.objects.insert(id.clone(), dispute);
        self.tell("charge.dispute.created", &id);
        self.tell("charge.dispute.funds_withdrawn", &id);
    }

    pub(super) fn dispute_of(&self, intent: &str) -> Option<Value> {
        let mut all = self.objects.values();
        let is_it =
            |object: &&Value| text(object, "object") == "dispute" && text(object, "payment_intent") == intent;
        all.find(is_it).cloned()
    }

    fn decide(&mut self, intent: &str, status: &str) {
        let dispute = self.dispute_of(intent).unwrap();
        let id = text(&dispute, "id").to_owned();
        self.set(&id, "status", status);
        if status == "won" {
            let mut transactions = dispute["balance_transactions"].clone();
            let back = json!({
                "id": self.id("txn"), "amount": dispute["amount"], "fee": 0, "currency": dispute["currency"],
            });
            transactions.as_array_mut().unwrap().push(back);
            self.set(&id, "balance_transactions", transactions);
            self.tell("charge.dispute.funds_reinstated", &id);
        }
        self.tell("charge.dispute.closed", &id);
    }
}
